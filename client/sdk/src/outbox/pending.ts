/** The writes that a store holds, in the order in which they were made. */

import type { WriteEvent } from '../state/events.js';
import type { Store } from '../state/store.js';
import { targetOf, type Pending } from '../state/writes.js';

/** All of them. */
export function pendingOf(store: Store): readonly Pending[] {
  return store.getSnapshot().state.pending;
}

/** The one with this key. */
export function findPending(store: Store, key: string | undefined): Pending | undefined {
  return pendingOf(store).find((one) => one.key === key);
}

/** Those to one record. */
export function pendingTo(store: Store, target: string): readonly Pending[] {
  return pendingOf(store).filter(({ write }) => targetOf(write) === target);
}

/** Removes those that have become pointless. */
export function removePending(
  store: Store,
  apply: (event: WriteEvent) => void,
  isPointless: (one: Pending) => boolean,
): void {
  for (const one of pendingOf(store)) if (isPointless(one)) apply({ type: 'write-removed', key: one.key });
}
