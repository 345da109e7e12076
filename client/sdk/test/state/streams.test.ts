import { beforeEach, expect, test } from 'vitest';
import { createOpenMessages, type OpenMessages } from '../../src/reads/openMessages.js';
import { createStore, type Store } from '../../src/state/store.js';
import { textOf } from '../../src/state/streams.js';
import type { Answer } from '../../src/wire/answers.js';
import type { Change } from '../../src/wire/changes.js';
import type { Conversation, Message } from '../../src/wire/contract.js';
import { cursorOf, ModelServer } from '../modelServer.js';

let server: ModelServer;
let store: Store;
let open: OpenMessages;
let asked: { event: string; input: object; answer: (answer: Answer) => void }[];
let conversation: Conversation;

beforeEach(() => {
  server = new ModelServer();
  store = createStore();
  asked = [];
  open = createOpenMessages({
    store,
    request: (event, input) => new Promise((answer) => asked.push({ event, input, answer })),
  });
  store.dispatch({ type: 'synced', revision: 0, cursor: cursorOf(0) });
  push(server.createConversation('c'));
  const row = server.conversations.get('c');
  if (!row) throw new Error('The server has no conversation.');
  conversation = row;
});

function push(change: Change): void {
  store.dispatch({ type: 'changed', change, cursor: cursorOf(change.data.revision) });
}

function say(text: string): void {
  open.receive(server.append('m', text));
}

function held(): Message | undefined {
  return store
    .getSnapshot()
    .state.messages.get('c')
    ?.find(({ id }) => id === 'm');
}

function shown(): string | undefined {
  const row = held();
  return row && textOf(store.getSnapshot().state, row);
}

async function answer(): Promise<void> {
  asked.shift()?.answer({ ok: true, data: server.messages.get('m'), revision: 0, next: undefined });
  for (let count = 0; count < 3; count++) await Promise.resolve();
}

test('a message grows delta by delta, and its row and list stay what they are', () => {
  push(server.openMessage(conversation, 'm'));
  const { messages } = store.getSnapshot().state;
  for (const text of ['¿Qué', ' tal', ', 👋🏽?']) say(text);
  expect(shown()).toBe('¿Qué tal, 👋🏽?');
  expect(store.getSnapshot().state.messages).toBe(messages);
});

test('offsets count UTF-16 units, and a delta that begins earlier replaces what came after', () => {
  push(server.openMessage(conversation, 'm'));
  say('a👋b');
  open.receive({ type: 'delta', messageId: 'm', offset: 3, text: 'c' });
  expect(shown()).toBe('a👋c');
  open.receive({ type: 'delta', messageId: 'm', offset: 0, text: 'all anew' });
  expect(shown()).toBe('all anew');
});

test('what is missing before a delta is asked for, once', async () => {
  push(server.openMessage(conversation, 'm'));
  server.append('m', 'lost ');
  say('found');
  say(' again');
  expect(asked.map(({ event, input }) => [event, input])).toEqual([['message:get', { id: 'm' }]]);
  await answer();
  expect(shown()).toBe('lost found again');
  say('!');
  expect(shown()).toBe('lost found again!');
  expect(asked).toEqual([]);
});

test('an answer that is older than what the deltas have brought takes nothing back', async () => {
  push(server.openMessage(conversation, 'm'));
  say('one');
  const old = server.messages.get('m');
  say(' two');
  void open.ask('m');
  asked.shift()?.answer({ ok: true, data: old, revision: 0, next: undefined });
  await Promise.resolve();
  expect(shown()).toBe('one two');
});

test('the update that ends a message brings its text and its status, and later deltas do nothing', () => {
  push(server.openMessage(conversation, 'm'));
  say('said');
  const late = server.append('m', ' and done');
  push(server.closeMessage('m', 'stopped'));
  open.receive(late);
  expect(held()).toMatchObject({ content: 'said and done', status: 'stopped' });
  expect(shown()).toBe('said and done');
  expect(store.getSnapshot().state.streams.size).toBe(0);
  expect(asked).toEqual([]);
});

test('a message that has ended does not open again with an old row', () => {
  push(server.openMessage(conversation, 'm'));
  const open_ = server.messages.get('m');
  push(server.closeMessage('m'));
  if (!open_) throw new Error('The server has no message.');
  store.dispatch({ type: 'answered', change: { event: 'message:updated', data: open_ } });
  expect(held()?.status).toBe('complete');
  expect(store.getSnapshot().state.streams.size).toBe(0);
});

test('the text of what is deleted goes with it', () => {
  push(server.openMessage(conversation, 'm'));
  say('said');
  push(server.deleteConversation(conversation));
  expect(store.getSnapshot().state.streams.size).toBe(0);
});

test('deltas of messages that are not held are nobody’s business', () => {
  open.receive({ type: 'delta', messageId: 'elsewhere', offset: 7, text: 'said' });
  expect(asked).toEqual([]);
  expect(store.getSnapshot().state.streams.size).toBe(0);
});
