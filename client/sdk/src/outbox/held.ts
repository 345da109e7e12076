import type { Store } from '../state/store.js';
import type { Pending } from '../state/writes.js';

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
    setTimeout(() => due(key), Date.parse(String(heldUntil)) - Date.now());
  }

  function due(key: string): void {
    awaited.delete(key);
    heldOf(store)
      .filter((one) => one.key === key)
      .forEach(release);
  }
}

export function heldOf(store: Store): readonly Pending[] {
  return store.getSnapshot().state.pending.filter(({ heldUntil }) => heldUntil !== undefined);
}
