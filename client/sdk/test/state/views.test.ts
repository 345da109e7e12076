import { expect, test } from 'vitest';
import { reduce } from '../../src/state/reduce.js';
import { EMPTY } from '../../src/state/state.js';
import { createViews } from '../../src/state/views.js';
import { cursorOf, ModelServer } from '../modelServer.js';

function held() {
  const server = new ModelServer();
  const one = server.createConversation('one').data;
  server.createConversation('two');
  const conversation = server.conversations.get(one.id);
  if (!conversation) throw new Error('The server has no conversation.');
  server.createMessage(conversation, 'm1');
  server.createMessage(conversation, 'm2');
  const state = server
    .changesSince(0)
    .reduce(
      (before, change) => reduce(before, { type: 'changed', change, cursor: cursorOf(change.data.revision) }),
      reduce(EMPTY, { type: 'synced', revision: 0, cursor: cursorOf(0) }),
    );
  return { server, state, views: createViews() };
}

test('what did not change keeps its identity, row by row', () => {
  const { server, state, views } = held();
  const before = views.messages(state, 'one');
  const message = server.messages.get('m2');
  if (!message) throw new Error('The server has no message.');
  const change = server.editMessage(message, 'changed');
  const next = reduce(state, { type: 'changed', change, cursor: cursorOf(change.data.revision) });
  const after = views.messages(next, 'one');
  expect(after).not.toBe(before);
  expect(after[0]).toBe(before[0]);
  expect(after[1]).not.toBe(before[1]);
  expect(views.conversations(next)).toBe(views.conversations(state));
});

test('the list comes with the latest first', () => {
  const { state, views } = held();
  expect(views.conversations(state).map(({ record }) => record.id)).toEqual(['one', 'two']);
});

test('a new title shows before it is confirmed, and the old one again when it is discarded', () => {
  const { state, views } = held();
  const write = { event: 'conversation:update' as const, input: { id: 'two', title: 'New' } };
  const at = '2026-01-01T00:00:00.000Z';
  const pending = reduce(state, { type: 'write-made', pending: { key: 'k', write, at, status: 'sending' } });
  expect(views.conversation(pending, 'two')?.record.title).toBe('New');
  const undone = reduce(pending, { type: 'write-removed', key: 'k' });
  expect(views.conversation(undone, 'two')?.record.title).toBeNull();
});

test('writing a message leaves the list of conversations as it is', () => {
  const { state, views } = held();
  const before = views.conversations(state);
  const input = { id: 'm3', conversation_id: 'one', role: 'user' as const, content: 'new' };
  const pending = {
    key: 'k',
    write: { event: 'message:create' as const, input },
    at: '',
    status: 'sending' as const,
  };
  const next = reduce(state, { type: 'write-made', pending });
  expect(views.conversations(next)).toBe(before);
  expect(views.messages(next, 'one').at(-1)?.record.content).toBe('new');
});
