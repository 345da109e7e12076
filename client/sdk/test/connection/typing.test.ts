import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createTyping, HEARD_FOR, TELL_EVERY, type Typing } from '../../src/connection/typing.js';
import { createStore, type Store } from '../../src/state/store.js';

let store: Store;
let typing: Typing;
const emit = vi.fn();

beforeEach(() => {
  vi.useFakeTimers();
  emit.mockReset();
  store = createStore();
  typing = createTyping({ store, emit });
});
afterEach(() => {
  vi.useRealTimers();
});

test('the others are told now and then, not at every key', () => {
  for (let key = 0; key < 10; key++) typing.tell('c');
  expect(emit.mock.calls).toEqual([['typing', { conversation_id: 'c' }]]);
  typing.tell('d');
  expect(emit).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(TELL_EVERY);
  typing.tell('c');
  expect(emit).toHaveBeenCalledTimes(3);
});

test('who was heard types until a while after the last notice', () => {
  typing.hear('c');
  vi.advanceTimersByTime(HEARD_FOR - 1);
  typing.hear('c');
  vi.advanceTimersByTime(HEARD_FOR - 1);
  expect([...store.getSnapshot().state.typing]).toEqual(['c']);
  vi.advanceTimersByTime(1);
  expect([...store.getSnapshot().state.typing]).toEqual([]);
});
