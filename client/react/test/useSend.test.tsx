import { act } from '@testing-library/react';
import { expect, test } from 'vitest';
import { useMessages, useSend } from '../src/index.js';
import { conversation, synced } from './support/events.js';
import { createStage } from './support/stage.js';

test('what is sent shows at once, and renders nothing of what sends it', () => {
  const { client, dispatch, probe } = createStage();
  const [send, thread] = [probe(() => useSend('c')), probe(() => useMessages('c'))];
  dispatch(synced, conversation('c', 1));
  const first = send.now;
  act(() => void send.now('Hello'));
  expect(thread.now.messages.map(({ record }) => record.content)).toEqual(['Hello']);
  expect(client.store.getSnapshot().state.pending).toHaveLength(1);
  expect(send.now).toBe(first);
  expect(send.renders).toBe(1);
});
