import type { WriteEvent } from '../state/events.js';
import type { OutboxStorage } from '../state/kept.js';
import type { Store } from '../state/store.js';
import {
  isCreation,
  isFailed,
  isHiding,
  isOf,
  targetOf,
  uponCurrent,
  type Pending,
  type Write,
} from '../state/writes.js';
import type { Request } from '../wire/answers.js';
import type { Change } from '../wire/changes.js';
import type { Outcome } from '../wire/failure.js';
import { uuidv7 } from '../wire/uuidv7.js';
import { heldOf, watchHeld } from './held.js';
import { settle, settleGone, type Waiting } from './outcomes.js';
import { findPending, pendingOf, pendingTo, removePending } from './pending.js';
import { createSender } from './sender.js';

/** A write that was taken on. `settled` never rejects; a write made without connection settles when there is one. */
export interface Submitted {
  readonly key: string;
  readonly settled: Promise<Outcome<Change>>;
}

/**
 * Sends writes in the order in which they were made, one at a time, at once or as soon as there is a connection. One
 * that is refused for good, or not answered in time, stays to be sent again or discarded; what depends on it waits,
 * the rest goes on. While the server is not able to take writes, all of them wait.
 */
export interface Outbox {
  /** With `holdFor`, in milliseconds, it can be undone for so long, by `discard`, before it is sent. */
  readonly submit: (write: Write, holdFor?: number) => Submitted;
  /** Sends now what this tab holds back, and says what that was. */
  release(): readonly Pending[];
  /** Sends what waits: to be called at each connect. */
  readonly flush: () => void;
  /** Sends a failed write again, now upon what has changed meanwhile. */
  readonly retry: (key: string) => void;
  /** Undoes a failed write: what lies below it shows again. */
  readonly discard: (key: string) => void;
  /** Takes over what happened to a write in another tab. */
  hear(event: WriteEvent): void;
  /** Takes over the writes that an earlier visit left. */
  restore(): Promise<void>;
}

interface OutboxOptions {
  readonly store: Store;
  readonly request: Request;
  /** Whether this is the one that sends, and can. */
  readonly maySend: () => boolean;
  readonly storage?: OutboxStorage | undefined;
  /** Tells the other tabs. */
  readonly share?: (event: WriteEvent) => void;
}

/** Sends only while `maySend`; to be flushed whenever that may have become so. */
export function createOutbox({ store, request, maySend, storage, share }: OutboxOptions): Outbox {
  const waiting: Waiting = new Map();
  const sender = createSender({ store, request, maySend, apply, onGone });
  /** Writes that ended while others were being restored must not come back with them. */
  const gone = new Set<string>();
  let known = pendingOf(store);

  function submit(write: Write, holdFor?: number): Submitted {
    const key = uuidv7();
    const settled = new Promise<Outcome<Change>>((resolve) => waiting.set(key, resolve));
    const now = Date.now();
    const held = holdFor !== undefined && { heldUntil: new Date(now + holdFor).toISOString() };
    const pending = { key, write, at: new Date(now).toISOString(), status: 'sending', ...held } as const;
    apply({ type: 'write-made', pending });
    sender.flush();
    return { key, settled };
  }

  function release(): readonly Pending[] {
    const mine = heldOf(store).filter(({ key }) => waiting.has(key));
    mine.forEach(sendNow);
    return mine;
  }

  function sendNow({ key, write }: Pending): void {
    apply({ type: 'write-repeated', key, write });
    sender.flush();
  }

  /** Everything that this tab does to a write: seen here, kept, and told to the other tabs. */
  function apply(event: WriteEvent): void {
    settle(waiting, event);
    store.dispatch(event);
    const one = 'key' in event ? findPending(store, event.key) : 'pending' in event && event.pending;
    if (one) storage?.put(one);
    share?.(event);
  }

  function hear(event: WriteEvent): void {
    settle(waiting, event);
    if (event.type === 'write-settled' || event.type === 'write-removed') gone.add(event.key);
    store.dispatch(event);
    sender.flush();
  }

  /** With it goes whatever else failed on the same record, in order: an edit of what was not created makes no sense. */
  function retry(key: string): void {
    const one = findPending(store, key);
    if (!one) return;
    const writes = pendingTo(store, targetOf(one.write));
    // Sent after a deletion that is under way, a creation would outlive it.
    if (writes.some(isHiding)) return;
    for (const failed of writes.filter(isFailed))
      apply({ type: 'write-repeated', key: failed.key, write: uponCurrent(failed) });
    sender.flush();
  }

  function discard(key: string): void {
    const one = findPending(store, key);
    apply({ type: 'write-removed', key });
    // What was to be written to something that will never be goes with it.
    if (one && isCreation(one.write))
      removePending(store, apply, ({ write }) => isOf(write, targetOf(one.write)));
    sender.flush();
  }

  function onGone(one: Pick<Pending, 'key' | 'write'>): void {
    settleGone(waiting, store.getSnapshot().state, one);
  }

  /** A write also goes when its own event comes, or when that which it wrote to is deleted. */
  function forgetGone(): void {
    const now = pendingOf(store);
    if (now === known) return;
    const kept = new Set(now.map(({ key }) => key));
    for (const one of known) {
      if (kept.has(one.key)) continue;
      gone.add(one.key);
      storage?.remove(one.key);
      if (one.key !== sender.inFlight) onGone(one);
    }
    known = now;
  }

  async function restore(): Promise<void> {
    const left = (await storage?.load()) ?? [];
    const writes = left.filter(({ key }) => !gone.has(key));
    store.dispatch({ type: 'writes-restored', writes });
    sender.flush();
  }

  store.subscribe(forgetGone);
  watchHeld(store, sendNow);

  return { submit, release, flush: sender.flush, retry, discard, hear, restore };
}
