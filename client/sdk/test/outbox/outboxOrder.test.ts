import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createOutbox, type Outbox } from '../../src/outbox/outbox.js';
import type { WriteEvent } from '../../src/state/events.js';
import type { OutboxStorage } from '../../src/state/kept.js';
import { createStore, type Store } from '../../src/state/store.js';
import { targetOf, type Pending } from '../../src/state/writes.js';
import type { Answer } from '../../src/wire/answers.js';
import { DISCONNECTED, TIMEOUT, type Failure } from '../../src/wire/failure.js';
import { cursorOf, ModelServer } from '../modelServer.js';

const REFUSED: Failure = { code: 'invalid_input', detail: 'Too long.', retryable: false };
const UNAVAILABLE: Failure = { code: 'unavailable', detail: 'PostgreSQL is away.', retryable: true };

let server: ModelServer;
let asked: { event: string; id: string; answer: (answer: Answer) => void }[];
let isConnected: boolean;

beforeEach(() => {
  vi.useFakeTimers();
  server = new ModelServer();
  asked = [];
  isConnected = true;
});
afterEach(() => {
  vi.useRealTimers();
});

interface Tab {
  readonly store: Store;
  readonly outbox: Outbox;
}

function createTab(options: { storage?: OutboxStorage; share?: (event: WriteEvent) => void } = {}): Tab {
  const store = createStore();
  const request = (event: string, input: object) =>
    new Promise<Answer>((answer) => asked.push({ event, id: 'id' in input ? String(input.id) : '', answer }));
  const outbox = createOutbox({ store, request, maySend: () => isConnected, ...options });
  store.dispatch({ type: 'synced', revision: 0, cursor: cursorOf(0) });
  return { store, outbox };
}

/** What survives a reload, as IndexedDB would. */
function createStorage(): OutboxStorage & { readonly kept: Map<string, Pending> } {
  const kept = new Map<string, Pending>();
  return {
    kept,
    load: () => Promise.resolve([...kept.values()]),
    put: (pending) => kept.set(pending.key, pending),
    remove: (key) => kept.delete(key),
  };
}

function begin({ outbox }: Tab) {
  return outbox.submit({ event: 'conversation:create', input: { id: 'c' } });
}

function say({ outbox }: Tab, id: string, conversation_id = 'c') {
  const input = { id, conversation_id, role: 'user' as const, content: `said in ${id}` };
  return outbox.submit({ event: 'message:create', input });
}

async function answer(with_: unknown): Promise<void> {
  const failure = with_ as Failure;
  const isFailure = typeof failure === 'object' && 'code' in failure;
  asked
    .shift()
    ?.answer(isFailure ? { ok: false, failure } : { ok: true, data: with_, revision: 1, next: undefined });
  await vi.advanceTimersByTimeAsync(0);
}

function statuses({ store }: Tab) {
  return store.getSnapshot().state.pending.map(({ write, status }) => [targetOf(write), status]);
}

function message(id: string) {
  if (!server.conversations.has('c')) server.createConversation('c');
  const conversation = server.conversations.get('c');
  if (!conversation) throw new Error('The server has no conversation.');
  return server.createMessage(conversation, id).data;
}

test('what depends on a write that was refused waits, and the rest goes on', async () => {
  const tab = createTab();
  begin(tab);
  say(tab, 'm1');
  say(tab, 'elsewhere', 'd');
  await answer(REFUSED);
  expect(asked.map(({ id }) => id)).toEqual(['elsewhere']);
  expect(statuses(tab)).toEqual([
    ['c', 'failed'],
    ['m1', 'sending'],
    ['elsewhere', 'sending'],
  ]);
});

test('what waited goes out once what it depends on is sent again and taken', async () => {
  const tab = createTab();
  const { key } = begin(tab);
  const { settled } = say(tab, 'm1');
  await answer(TIMEOUT);
  expect(asked).toEqual([]);
  tab.outbox.retry(key);
  await answer(server.createConversation('c').data);
  await answer(message('m1'));
  expect((await settled).ok).toBe(true);
  expect(statuses(tab)).toEqual([]);
});

test('discarding a creation discards what was to be written to it', async () => {
  const tab = createTab();
  const { key } = begin(tab);
  const { settled } = say(tab, 'm1');
  await answer(REFUSED);
  tab.outbox.discard(key);
  expect(statuses(tab)).toEqual([]);
  expect(await settled).toMatchObject({ ok: false, failure: { code: 'deleted' } });
});

test('while the server cannot take writes they keep their order and go by themselves', async () => {
  const tab = createTab();
  begin(tab);
  say(tab, 'm1');
  await answer(UNAVAILABLE);
  expect(statuses(tab)).toEqual([
    ['c', 'sending'],
    ['m1', 'sending'],
  ]);
  tab.outbox.flush();
  expect(asked).toEqual([]);
  await vi.advanceTimersByTimeAsync(15_000);
  expect(asked.map(({ id }) => id)).toEqual(['c']);
});

test('what waits longer than the server said is not sent before', async () => {
  const tab = createTab();
  begin(tab);
  await answer({ ...UNAVAILABLE, code: 'rate_limited', retryAfter: 7 });
  await vi.advanceTimersByTimeAsync(6_999);
  expect(asked).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(asked).toHaveLength(1);
});

test('what was written without a network is sent after a reload, in order, each once', async () => {
  const storage = createStorage();
  isConnected = false;
  const before = createTab({ storage });
  begin(before);
  for (const id of ['m1', 'm2', 'm3']) say(before, id);
  const after = createTab({ storage });
  await after.outbox.restore();
  expect(statuses(after).map(([id]) => id)).toEqual(['c', 'm1', 'm2', 'm3']);
  isConnected = true;
  after.outbox.flush();
  const order: string[] = [];
  while (asked[0]) {
    order.push(asked[0].id);
    await answer(asked[0].id === 'c' ? server.createConversation('c').data : message(asked[0].id));
  }
  expect(order).toEqual(['c', 'm1', 'm2', 'm3']);
  expect([...storage.kept]).toEqual([]);
});

test('a refused write is still there after a reload, with its text and what was wrong', async () => {
  const storage = createStorage();
  say(createTab({ storage }), 'm1');
  await answer(REFUSED);
  const after = createTab({ storage });
  await after.outbox.restore();
  expect(after.store.getSnapshot().state.pending).toMatchObject([
    { status: 'failed', failure: REFUSED, write: { input: { content: 'said in m1' } } },
  ]);
  const [one] = after.store.getSnapshot().state.pending;
  after.outbox.discard(one?.key ?? '');
  expect([...storage.kept]).toEqual([]);
});

test('a write whose event came before its answer was cut off is done, and not kept', async () => {
  const storage = createStorage();
  const tab = createTab({ storage });
  const { settled } = begin(tab);
  const change = server.createConversation('c');
  tab.store.dispatch({ type: 'changed', change, cursor: cursorOf(1) });
  await answer(DISCONNECTED);
  expect(await settled).toEqual({ ok: true, data: change });
  expect([...storage.kept]).toEqual([]);
});

test('what was written to a conversation that is deleted elsewhere is not kept', () => {
  const storage = createStorage();
  isConnected = false;
  const tab = createTab({ storage });
  const created = server.createConversation('c');
  tab.store.dispatch({ type: 'changed', change: created, cursor: cursorOf(1) });
  say(tab, 'm1');
  const change = { event: 'conversation:deleted' as const, data: { id: 'c', revision: 2 } };
  tab.store.dispatch({ type: 'changed', change, cursor: cursorOf(2) });
  expect(statuses(tab)).toEqual([]);
  expect([...storage.kept]).toEqual([]);
});

test('another tab sees a write at once, and how it ended; only one of them sends it', async () => {
  const leader = createTab({ share: (event) => follower.outbox.hear(event) });
  isConnected = false;
  const follower = createTab({ share: (event) => leader.outbox.hear(event) });
  const { settled } = begin(follower);
  expect(statuses(leader)).toEqual([['c', 'sending']]);
  isConnected = true;
  leader.outbox.flush();
  expect(asked).toHaveLength(1);
  await answer(server.createConversation('c').data);
  expect((await settled).ok).toBe(true);
  expect([statuses(leader), statuses(follower)]).toEqual([[], []]);
  expect(follower.store.getSnapshot().state.conversations.size).toBe(1);
});
