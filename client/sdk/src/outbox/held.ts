import type { Store } from '../state/store.js';
import type { Pending } from '../state/writes.js';
import { pendingOf } from './pending.js';

/**
 * Calls `release` for each held write when its time has come. Every tab looks after all of them: the one that made a
 * write may be gone by then.
 */
export function watchHeld(store: Store, release: (one: Pending) => void): void {
  const awaited = new Set<string>();
  store.subscribe(() => heldOf(store).forEach(wait));

  function wait({ key, heldUntil }: Pending): void {
    if (awaited.has(key)) return;
    awaited.add(key);
    const left = Date.parse(String(heldUntil)) - Date.now();
    setTimeout(() => {
      awaited.delete(key);
      heldOf(store)
        .filter((one) => one.key === key)
        .forEach(release);
    }, left);
  }
}

/** The writes that are held back, so that they can be undone. */
export function heldOf(store: Store): readonly Pending[] {
  return pendingOf(store).filter(({ heldUntil }) => heldUntil !== undefined);
}
