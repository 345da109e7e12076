import { act } from '@testing-library/react';
import { expect, test } from 'vitest';
import { useUnsent } from '../src/index.js';
import { conversation, message, synced } from './support/events.js';
import { createStage } from './support/stage.js';

test('what waits to be sent is told in order, one render for each', () => {
  const { client, dispatch, probe } = createStage();
  const unsent = probe(useUnsent);
  dispatch(synced, conversation('c', 1));
  act(() => void client.sendMessage('c', 'one'));
  act(() => void client.renameConversation('c', 'two'));
  expect(unsent.now.map(({ write }) => write.event)).toEqual(['message:create', 'conversation:update']);
  expect(unsent.renders).toBe(3);
});

test('what comes from elsewhere renders nothing', () => {
  const { dispatch, probe } = createStage();
  const unsent = probe(useUnsent);
  dispatch(synced, conversation('c', 1), message('m', { revision: 2 }));
  expect(unsent.renders).toBe(1);
});
