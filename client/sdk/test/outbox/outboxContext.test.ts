import { beforeEach, expect, test } from 'vitest';
import { createOutbox, type Outbox, type Submitted } from '../../src/outbox/outbox.js';
import type { OutboxStorage } from '../../src/state/kept.js';
import { createStore, type Store } from '../../src/state/store.js';
import { createViews } from '../../src/state/views.js';
import type { Pending } from '../../src/state/writes.js';
import type { Answer } from '../../src/wire/answers.js';
import { readChange } from '../../src/wire/changes.js';
import type { Context } from '../../src/wire/contract.js';
import { DISCONNECTED, type Failure } from '../../src/wire/failure.js';
import { cursorOf, ModelServer } from '../modelServer.js';

let server: ModelServer;
let asked: { event: string; input: Record<string, unknown>; answer: (answer: Answer) => void }[];
let kept: Map<string, Pending>;
let isConnected: boolean;
let store: Store;
let outbox: Outbox;

beforeEach(() => {
  server = new ModelServer();
  asked = [];
  kept = new Map();
  isConnected = true;
  start();
  store.dispatch({ type: 'answered', change: server.createConversation('c') });
});

/** A page is opened, with what the one before left in IndexedDB. */
function start(): void {
  const storage: OutboxStorage = {
    load: () => Promise.resolve([...kept.values()]),
    put: (one) => kept.set(one.key, one),
    remove: (key) => kept.delete(key),
  };
  const request = (event: string, input: object) =>
    new Promise<Answer>((answer) => asked.push({ event, input: { ...input }, answer }));
  store = createStore();
  outbox = createOutbox({ store, request, maySend: () => isConnected, storage });
  store.dispatch({ type: 'synced', revision: 0, cursor: cursorOf(0) });
}

function create(temperature: number): Submitted {
  const input = { id: 'x', conversation_id: 'c', parameters: { temperature } };
  return outbox.submit({ event: 'context:create', input });
}

function update(temperature: number, if_revision: number): Submitted {
  const input = { conversation_id: 'c', parameters: { temperature }, if_revision };
  return outbox.submit({ event: 'context:update', input });
}

/** Somebody, here or elsewhere, sets it on the server. */
function set(temperature: number, id?: string): Context {
  const conversation = server.conversations.get('c');
  if (!conversation) throw new Error('The server has no conversation.');
  const { data } = server.putContext(conversation, temperature, id);
  if (!('parameters' in data)) throw new Error('No context was put.');
  return data;
}

function hold(context: Context): Context {
  const change = readChange('context:updated', context);
  if (change) store.dispatch({ type: 'answered', change });
  return context;
}

async function answer(answer: Answer): Promise<void> {
  asked.shift()?.answer(answer);
  for (let turn = 0; turn < 4; turn++) await Promise.resolve();
}

const ok = (data: Context) => answer({ ok: true, data, revision: data.revision, next: undefined });
const refuse = (failure: Failure) => answer({ ok: false, failure });
const stale = (current: Context) => refuse({ code: 'stale', detail: '', retryable: false, current });

function shown() {
  const view = createViews().context(store.getSnapshot().state, 'c');
  return [view?.record.parameters?.['temperature'], view?.pending?.status];
}

test('a context shows at once, and is settled by its acknowledgement', async () => {
  const { settled } = create(0.5);
  expect(shown()).toEqual([0.5, 'sending']);
  await ok(set(0.5, 'x'));
  expect(await settled).toMatchObject({ ok: true, data: { data: { id: 'x' } } });
  expect(shown()).toEqual([0.5, undefined]);
});

test('contexts set without a network are sent after a reload, in order, each once', async () => {
  isConnected = false;
  create(0.1);
  outbox.submit({
    event: 'context:update',
    input: { conversation_id: 'c', parameters: { temperature: 0.2 } },
  });
  expect(shown()).toEqual([0.2, 'sending']);
  start();
  await outbox.restore();
  expect(shown()).toEqual([0.2, 'sending']);
  isConnected = true;
  outbox.flush();
  outbox.flush();
  expect(asked.map(({ event }) => event)).toEqual(['context:create']);
  await ok(set(0.1, 'x'));
  expect(asked.map(({ event }) => event)).toEqual(['context:update']);
  await ok(set(0.2));
  expect(asked).toEqual([]);
  expect([shown(), kept.size]).toEqual([[0.2, undefined], 0]);
});

test('two changes made upon the same state do not contradict each other', async () => {
  const { revision } = hold(set(0));
  update(0.1, revision);
  const second = update(0.2, revision);
  const first = set(0.1);
  await ok(first);
  expect(asked[0]?.input['if_revision']).toBe(first.revision);
  expect([...kept.values()].map(({ write }) => write.input)).toMatchObject([{ if_revision: first.revision }]);
  await ok(set(0.2));
  expect((await second.settled).ok).toBe(true);
});

test('one made upon what has changed since is refused, stays to be seen, and can be insisted on', async () => {
  const { revision } = hold(set(0));
  const { key, settled } = update(0.1, revision);
  const theirs = hold(set(0.9));
  await stale(theirs);
  expect(await settled).toMatchObject({ ok: false, failure: { code: 'stale' } });
  expect(shown()).toEqual([0.1, 'failed']);
  outbox.retry(key);
  expect(asked[0]?.input['if_revision']).toBe(theirs.revision);
});

test('one that was refused is discarded for what the server holds', async () => {
  const { revision } = hold(set(0));
  const { key } = update(0.1, revision);
  await stale(hold(set(0.9)));
  outbox.discard(key);
  expect([shown(), kept.size]).toEqual([[0.9, undefined], 0]);
});

test('while an earlier one is refused, the later waits, and the refusal is what shows', async () => {
  const { revision } = hold(set(0));
  const { key } = update(0.1, revision);
  update(0.2, revision);
  await stale(set(0.9));
  expect([asked, shown()]).toEqual([[], [0.2, 'failed']]);
  outbox.discard(key);
  expect(asked).toHaveLength(1);
});

test('one that was cut off after it was done is no conflict with itself, however its keys are ordered', async () => {
  const { revision } = hold(set(0));
  const input = { conversation_id: 'c', parameters: { top_p: 1, temperature: 0.1 }, if_revision: revision };
  const { settled } = outbox.submit({ event: 'context:update', input });
  const done = { ...set(0.1), parameters: { temperature: 0.1, top_p: 1 } };
  await refuse(DISCONNECTED);
  outbox.flush();
  await stale(done);
  expect((await settled).ok).toBe(true);
  expect(shown()).toEqual([0.1, undefined]);
});

test('one that another device created first is sent again as a change of theirs', async () => {
  const { key } = create(0.1);
  const theirs = hold(set(0.9, 'theirs'));
  await refuse({ code: 'context_exists', detail: '', retryable: false, current: theirs });
  expect(shown()).toEqual([0.1, 'failed']);
  outbox.retry(key);
  const input = { conversation_id: 'c', parameters: { temperature: 0.1 }, if_revision: theirs.revision };
  expect(asked).toMatchObject([{ event: 'context:update', input }]);
  expect(asked[0]?.input).not.toHaveProperty('id');
});

test('what was set in a conversation that is refused waits for it, and goes with it', async () => {
  const { key } = outbox.submit({ event: 'conversation:create', input: { id: 'new' } });
  const input = { id: 'y', conversation_id: 'new', parameters: null };
  const { settled } = outbox.submit({ event: 'context:create', input });
  await refuse({ code: 'invalid_input', detail: '', retryable: false });
  expect(asked).toEqual([]);
  outbox.discard(key);
  expect(await settled).toMatchObject({ ok: false, failure: { code: 'deleted' } });
  expect(kept.size).toBe(0);
});
