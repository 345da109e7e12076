import { act } from '@testing-library/react';
import { expect, test } from 'vitest';
import { useUndoable } from '../src/index.js';
import { conversation, synced } from './support/events.js';
import { createStage } from './support/stage.js';

test('the latest deletion can be undone until it is sent, and is not there once it was', () => {
  const { client, dispatch, probe } = createStage();
  const undoable = probe(useUndoable);
  const remove = () => act(() => void client.deleteConversation('c', { undoFor: 60_000 }));
  dispatch(synced, conversation('c', 1));
  expect(undoable.now).toBeUndefined();
  remove();
  expect(undoable.now?.write).toMatchObject({ event: 'conversation:delete', input: { id: 'c' } });
  act(() => client.discard(undoable.now?.key ?? ''));
  expect(undoable.now).toBeUndefined();
  remove();
  act(() => client.release());
  expect(undoable.now).toBeUndefined();
});

test('what is written meanwhile renders nothing', () => {
  const { client, dispatch, probe } = createStage();
  const undoable = probe(useUndoable);
  dispatch(synced, conversation('c', 1));
  act(() => void client.deleteConversation('c', { undoFor: 60_000 }));
  const before = undoable.renders;
  act(() => void client.createConversation('Tea'));
  expect(undoable.renders).toBe(before);
});
