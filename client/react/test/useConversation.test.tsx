import { act } from '@testing-library/react';
import { expect, test } from 'vitest';
import { useConversation } from '../src/index.js';
import { conversation, deleted, message, synced } from './support/events.js';
import { createStage } from './support/stage.js';

test('a conversation that was deleted is absent', () => {
  const { dispatch, probe } = createStage();
  const one = probe(() => useConversation('c'));
  expect(one.now.status).toBe('loading');
  dispatch(synced, conversation('c', 1));
  expect(one.now.status).toBe('ready');
  dispatch(deleted('c', 2));
  expect(one.now.status).toBe('absent');
});

test('one that is being deleted is absent at once, and there again when that is undone', () => {
  const { client, dispatch, probe } = createStage();
  const one = probe(() => useConversation('c'));
  dispatch(synced, conversation('c', 1));
  act(() => void client.deleteConversation('c', { undoFor: 60_000 }));
  expect(one.now).toEqual({ conversation: undefined, status: 'absent' });
  act(() => client.discard(client.store.getSnapshot().state.pending[0]?.key ?? ''));
  expect(one.now.status).toBe('ready');
});

test('what happens elsewhere renders nothing', () => {
  const { dispatch, probe } = createStage();
  const one = probe(() => useConversation('c'));
  dispatch(synced, conversation('c', 1));
  const before = one.renders;
  dispatch(conversation('other', 2), conversation('another', 3));
  dispatch(message('m', { revision: 4 }));
  expect(one.renders).toBe(before);
});

test('it is watched once while it is on the screen, and not after', () => {
  const { probe, watched } = createStage();
  const { unmount } = probe(() => useConversation('c'));
  expect(watched).toEqual(['conversation/c']);
  unmount();
  expect(watched).toEqual([]);
});
