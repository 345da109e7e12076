import { expect, test } from 'vitest';
import { reduce } from '../../src/state/reduce.js';
import { EMPTY, type State } from '../../src/state/state.js';
import type { Change } from '../../src/wire/changes.js';
import type { Conversation } from '../../src/wire/contract.js';
import { cursorOf, ModelServer } from '../modelServer.js';

function push(state: State, change: Change): State {
  return reduce(state, { type: 'changed', change, cursor: cursorOf(change.data.revision) });
}

function conversationIn(server: ModelServer): Conversation {
  const [row] = server.conversations.values();
  if (!row) throw new Error('The server has no conversation.');
  return row;
}

test('an answer never moves the cursor', () => {
  const server = new ModelServer();
  const created = server.createConversation();
  const state = reduce(EMPTY, { type: 'answered', change: created });
  expect(state.conversations.size).toBe(1);
  expect(state.revision).toBe(0);
  expect(state.cursor).toBeUndefined();
});

test('a push at or below the cursor changes nothing at all', () => {
  const server = new ModelServer();
  const state = push(EMPTY, server.createConversation('c'));
  expect(push(state, { event: 'conversation:deleted', data: { id: 'c', revision: 1 } })).toBe(state);
});

test('a message raises the time of its conversation, also of one that comes later', () => {
  const server = new ModelServer();
  const created = server.createConversation();
  const message = server.createMessage(conversationIn(server));
  const { updated_at } = conversationIn(server);
  const held = push(push(EMPTY, created), message);
  expect([...held.conversations.values()][0]?.updated_at).toBe(updated_at);
  const late = reduce(push(EMPTY, message), { type: 'answered', change: created });
  expect([...late.conversations.values()][0]?.updated_at).toBe(updated_at);
  expect(late.touched.size).toBe(0);
});

test('a reset discards what was held, keeps what is being written, and turns old answers away', () => {
  const server = new ModelServer();
  const pending = {
    ...{ key: 'k', at: '2026-01-01T00:00:00.000Z', status: 'sending' as const },
    write: {
      event: 'message:create' as const,
      input: { id: 'm', conversation_id: 'c', role: 'user' as const, content: 'x' },
    },
  };
  const before = reduce(push(EMPTY, server.createConversation()), { type: 'write-made', pending });
  const after = reduce(before, { type: 'reset', cursor: 'other.7' });
  expect(after).toMatchObject({
    cursor: 'other.7',
    revision: 0,
    generation: before.generation + 1,
    pending: [pending],
  });
  expect(after.conversations.size).toBe(0);
  const renewed = new ModelServer();
  expect(push(after, renewed.createConversation()).conversations.size).toBe(1);
});

test('deleting a conversation takes the writes to it along', () => {
  const server = new ModelServer();
  const created = server.createConversation('c');
  const write = {
    event: 'message:create' as const,
    input: { id: 'm', conversation_id: 'c', role: 'user' as const, content: 'x' },
  };
  const state = reduce(push(EMPTY, created), {
    type: 'write-made',
    pending: { key: 'k', write, at: '2026-01-01T00:00:00.000Z', status: 'sending' },
  });
  expect(push(state, server.deleteConversation(conversationIn(server))).pending).toEqual([]);
});

test('a conversation that was created since the beginning is held whole without being read', () => {
  const server = new ModelServer();
  const begun = reduce(EMPTY, { type: 'synced', revision: 0, cursor: cursorOf(0) });
  expect(push(begun, server.createConversation('c')).loaded.get('c')).toEqual({ from: 0, next: undefined });
});
