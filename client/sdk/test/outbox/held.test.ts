import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createOutbox, type Outbox } from '../../src/outbox/outbox.js';
import type { OutboxStorage } from '../../src/state/kept.js';
import { createStore, type Store } from '../../src/state/store.js';
import { createViews } from '../../src/state/views.js';
import type { Pending } from '../../src/state/writes.js';
import type { Answer } from '../../src/wire/answers.js';
import { cursorOf, ModelServer } from '../modelServer.js';

const HOLD = 6_000;
const server = new ModelServer();
server.createConversation('c');

/** A tab of a browser whose storage all of them share. */
class Tab {
  readonly store: Store = createStore();
  readonly sent: string[] = [];
  readonly outbox: Outbox;
  answer: (answer: Answer) => void = () => undefined;

  constructor(storage: OutboxStorage, maySend = true) {
    const request = (event: string) => {
      this.sent.push(event);
      return new Promise<Answer>((resolve) => (this.answer = resolve));
    };
    this.outbox = createOutbox({ store: this.store, request, maySend: () => maySend, storage });
    this.store.dispatch({ type: 'synced', revision: 0, cursor: cursorOf(0) });
    this.store.dispatch({ type: 'conversation-read', id: 'c', row: server.conversations.get('c') });
  }

  get shown(): readonly string[] {
    return createViews()
      .conversations(this.store.getSnapshot().state)
      .map(({ record }) => record.id);
  }

  delete() {
    return this.outbox.submit({ event: 'conversation:delete', input: { id: 'c' } }, HOLD);
  }
}

let kept: Map<string, Pending>;
let storage: OutboxStorage;
let tab: Tab;

beforeEach(() => {
  vi.useFakeTimers();
  kept = new Map();
  storage = {
    load: () => Promise.resolve([...kept.values()]),
    put: (one) => kept.set(one.key, one),
    remove: (key) => kept.delete(key),
  };
  tab = new Tab(storage);
});
afterEach(() => vi.useRealTimers());

test('what can be undone is hidden at once and sent when its time has come', () => {
  tab.delete();
  expect(tab.shown).toEqual([]);
  vi.advanceTimersByTime(HOLD - 1);
  expect(tab.sent).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(tab.sent).toEqual(['conversation:delete']);
});

test('undone in time, it was never sent', async () => {
  const { key, settled } = tab.delete();
  tab.outbox.discard(key);
  expect(tab.shown).toEqual(['c']);
  vi.advanceTimersByTime(2 * HOLD);
  expect(tab.sent).toEqual([]);
  expect((await settled).ok).toBe(false);
  expect(kept.size).toBe(0);
});

test('what is written meanwhile does not wait for it', () => {
  tab.delete();
  tab.outbox.submit({ event: 'conversation:create', input: { id: 'd' } });
  expect(tab.sent).toEqual(['conversation:create']);
});

test('it is sent when the page goes', () => {
  tab.delete();
  tab.outbox.release();
  expect(tab.sent).toEqual(['conversation:delete']);
});

test('it is sent by the next visit when the page went without a word', async () => {
  new Tab(storage, false).delete();
  await tab.outbox.restore();
  expect(tab.shown).toEqual([]);
  vi.advanceTimersByTime(HOLD);
  expect(tab.sent).toEqual(['conversation:delete']);
});

test('a write that failed before comes back with what is undone, and goes with what is not', async () => {
  tab.outbox.submit({ event: 'conversation:update', input: { id: 'c', title: 'refused' } });
  const failure = { code: 'invalid_input', detail: 'No.', retryable: false };
  tab.answer({ ok: false, failure });
  await vi.waitFor(() => expect(statuses(tab.store)).toEqual(['failed']));
  const { key } = tab.delete();
  tab.outbox.discard(key);
  expect(statuses(tab.store)).toEqual(['failed']);
  tab.delete();
  tab.outbox.release();
  expect(tab.store.getSnapshot().state.pending.map(({ write }) => write.event)).toEqual([
    'conversation:delete',
  ]);
});

function statuses(store: Store): string[] {
  return store.getSnapshot().state.pending.map(({ status }) => status);
}
