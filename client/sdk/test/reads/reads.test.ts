import { beforeEach, expect, test } from 'vitest';
import { createReads, type Reads } from '../../src/reads/reads.js';
import { createStore, type Store } from '../../src/state/store.js';
import type { Answer } from '../../src/wire/answers.js';
import type { Conversation } from '../../src/wire/contract.js';
import { DISCONNECTED, type Failure } from '../../src/wire/failure.js';
import { cursorOf, ModelServer } from '../modelServer.js';

let server: ModelServer;
let store: Store;
let reads: Reads;
let opened: string[];
let asked: { event: string; input: object; answer: (answer: Answer) => void }[];

beforeEach(() => {
  server = new ModelServer();
  store = createStore();
  asked = [];
  const request = (event: string, input: object) =>
    new Promise<Answer>((answer) => asked.push({ event, input, answer }));
  opened = [];
  reads = createReads({ store, request, onOpenMessage: (id) => Promise.resolve(void opened.push(id)) });
  store.subscribe(reads.refresh);
});

async function turn(): Promise<void> {
  for (let count = 0; count < 4; count++) await Promise.resolve();
}

async function answer(data: unknown, next?: unknown): Promise<void> {
  asked.shift()?.answer({ ok: true, data, revision: server.revision, next });
  await turn();
}

async function refuse(failure: Failure): Promise<void> {
  asked.shift()?.answer({ ok: false, failure });
  await turn();
}

async function goLive(): Promise<void> {
  store.dispatch({ type: 'synced', revision: server.revision, cursor: cursorOf(server.revision) });
  store.setStatus('live');
  await turn();
}

function conversation(id: string): Conversation {
  server.createConversation(id);
  const row = server.conversations.get(id);
  if (!row) throw new Error('The server has no conversation.');
  return row;
}

test('what is watched is read once it is live, and once only', async () => {
  reads.watch('conversations');
  reads.watch('conversations');
  await turn();
  expect(asked).toEqual([]);
  await goLive();
  expect(asked.map(({ event }) => event)).toEqual(['conversation:list']);
  await answer([conversation('c')]);
  expect(store.getSnapshot().state.conversations.size).toBe(1);
  expect(asked).toEqual([]);
});

test('the next page is asked for with what the server gave for it', async () => {
  reads.watch('conversations');
  await goLive();
  await answer([conversation('c')], { limit: 50, cursor: 'opaque' });
  reads.more('conversations');
  reads.more('conversations');
  expect(asked.map(({ input }) => input)).toEqual([{ limit: 50, cursor: 'opaque' }]);
  await answer([conversation('d')]);
  reads.more('conversations');
  expect(asked).toEqual([]);
});

test('a message that a page shows being written is asked for, since the page may be older than its text', async () => {
  const row = conversation('c');
  server.createMessage(row, 'm');
  server.openMessage(row, 'answer');
  reads.watch('messages/c');
  await goLive();
  await answer(server.messagesOf('c'));
  expect(opened).toEqual(['answer']);
});

test('a reading that was cut off is done again when it is live again', async () => {
  reads.watch('messages/c');
  await goLive();
  store.setStatus('connecting');
  await refuse(DISCONNECTED);
  expect(asked).toEqual([]);
  await goLive();
  expect(asked.map(({ event }) => event)).toEqual(['message:list']);
});

test('a reading that was refused waits for someone to try again', async () => {
  reads.watch('messages/c');
  await goLive();
  await refuse({ code: 'unavailable', detail: '', retryable: true });
  expect(asked).toEqual([]);
  reads.retry('messages/c');
  expect(asked).toHaveLength(1);
});

test('a reset reads everything watched again, and an answer from before it is turned away', async () => {
  reads.watch('conversations');
  await goLive();
  const late = asked.shift();
  store.dispatch({ type: 'reset', cursor: 'other.1' });
  await turn();
  expect(asked).toHaveLength(1);
  late?.answer({ ok: true, data: [conversation('old')], revision: 1, next: undefined });
  await turn();
  expect(store.getSnapshot().state.conversations.size).toBe(0);
  await answer([]);
  expect(store.getSnapshot().state.reads.get('conversations')?.status).toBe('ready');
});

test('a message in a conversation that no page has shown brings that conversation', async () => {
  const old = conversation('old');
  reads.watch('conversations');
  await goLive();
  await answer([]);
  const change = server.createMessage(old);
  store.dispatch({ type: 'changed', change, cursor: cursorOf(server.revision) });
  expect(asked.map(({ event, input }) => [event, input])).toEqual([['conversation:get', { id: 'old' }]]);
  await answer(server.conversations.get('old'));
  expect([...store.getSnapshot().state.conversations.keys()]).toEqual(['old']);
});

test('a conversation that is not there, and what is no id at all, count as deleted', async () => {
  reads.watch('conversation/gone');
  reads.watch('conversation/mistyped');
  await goLive();
  await refuse({ code: 'not_found', detail: '', retryable: false });
  await refuse({ code: 'invalid_input', detail: '', retryable: false });
  expect([...store.getSnapshot().state.deleted]).toEqual(['gone', 'mistyped']);
});

test('what is still being created is not asked for', async () => {
  const write = { event: 'conversation:create' as const, input: { id: 'new' } };
  store.dispatch({ type: 'write-made', pending: { key: 'k', write, at: '', status: 'sending' } });
  for (const key of ['conversation/new', 'messages/new', 'context/new'] as const) reads.watch(key);
  await goLive();
  expect(asked).toEqual([]);
  store.dispatch({ type: 'answered', change: server.createConversation('new') });
  expect(asked.map(({ event }) => event)).toEqual(['context:get']);
});

test('an answer that is not what the contract says is a failure, not a crash', async () => {
  reads.watch('conversations');
  await goLive();
  await answer([{ id: 7 }]);
  expect(store.getSnapshot().state.reads.get('conversations')?.failure?.code).toBe('bad_answer');
});

test('titles are searched once, however many look at what is found', async () => {
  const leave = reads.watch('titles/tea or coffee');
  reads.watch('titles/tea or coffee');
  await goLive();
  expect(asked.map(({ input }) => input)).toEqual([{ limit: 200, title: 'tea or coffee' }]);
  await answer([conversation('c')], { limit: 200, title: 'tea or coffee', cursor: 'opaque' });
  const { conversations, reads: readings, nextConversations } = store.getSnapshot().state;
  expect([...conversations.keys()]).toEqual(['c']);
  expect(readings.get('titles/tea or coffee')?.status).toBe('ready');
  expect(nextConversations).toBeUndefined();
  leave();
  await turn();
  expect(asked).toEqual([]);
});

test('a search is made anew for whoever comes back to it', async () => {
  const leave = reads.watch('titles/tea');
  await goLive();
  await answer([]);
  leave();
  await turn();
  reads.watch('titles/tea');
  await turn();
  expect(asked.map(({ event }) => event)).toEqual(['conversation:list']);
});
