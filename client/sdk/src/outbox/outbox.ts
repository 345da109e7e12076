import type { WriteEvent } from '../state/events.js';
import type { OutboxStorage } from '../state/kept.js';
import type { Store } from '../state/store.js';
import {
  blockerOf,
  insistedOn,
  isCreation,
  isDeletion,
  isHiding,
  isOf,
  targetOf,
  uponCurrent,
  uponRevision,
  type Pending,
  type Write,
} from '../state/writes.js';
import type { Answer, Request } from '../wire/answers.js';
import { createBackoff } from '../wire/backoff.js';
import type { Change } from '../wire/changes.js';
import { BAD_ANSWER, GONE, failed, type Failure, type Outcome } from '../wire/failure.js';
import { uuidv7 } from '../wire/uuidv7.js';
import { changeDespite, changeOf, heldChange } from './answered.js';
import { heldOf, watchHeld } from './held.js';

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
  submit(write: Write, holdFor?: number): Submitted;
  /** Sends now what this tab holds back, and says what that was. */
  release(): readonly Pending[];
  /** Sends what waits: to be called at each connect. */
  flush(): void;
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

export function createOutbox({ store, request, maySend, storage, share }: OutboxOptions): Outbox {
  const backoff = createBackoff();
  const waiting = new Map<string, (outcome: Outcome<Change>) => void>();
  /** Writes that ended while others were being restored must not come back with them. */
  const gone = new Set<string>();
  let underway: string | undefined;
  let pause: ReturnType<typeof setTimeout> | undefined;
  let known = pending();

  function pending(): readonly Pending[] {
    return store.getSnapshot().state.pending;
  }

  function find(key: string | undefined): Pending | undefined {
    return pending().find((one) => one.key === key);
  }

  function submit(write: Write, holdFor?: number): Submitted {
    const key = uuidv7();
    const settled = new Promise<Outcome<Change>>((resolve) => waiting.set(key, resolve));
    const now = Date.now();
    const held = holdFor !== undefined && { heldUntil: new Date(now + holdFor).toISOString() };
    const pending = { key, write, at: new Date(now).toISOString(), status: 'sending', ...held } as const;
    apply({ type: 'write-made', pending });
    flush();
    return { key, settled };
  }

  function release(): readonly Pending[] {
    const mine = heldOf(store).filter(({ key }) => waiting.has(key));
    mine.forEach(letGo);
    return mine;
  }

  function letGo({ key, write }: Pending): void {
    apply({ type: 'write-repeated', key, write });
    flush();
  }

  /** Everything that this tab does to a write: seen here, kept, and told to the other tabs. */
  function apply(event: WriteEvent): void {
    finish(event);
    store.dispatch(event);
    const one = find(keyOf(event));
    if (one) storage?.put(one);
    share?.(event);
  }

  function hear(event: WriteEvent): void {
    finish(event);
    if (event.type === 'write-settled' || event.type === 'write-removed') gone.add(event.key);
    store.dispatch(event);
    flush();
  }

  function flush(): void {
    if (underway !== undefined || pause !== undefined || !maySend()) return;
    const writes = pending();
    const next = writes.find((one) => isDue(one) && !blockerOf(writes, one));
    if (next) void send(next);
  }

  async function send({ key, write }: Pending): Promise<void> {
    underway = key;
    // What failed on it will never be wanted again; until now the deletion could be undone, and that be sent.
    if (isDeletion(write)) removeWhere((one) => one.status === 'failed' && isOf(one.write, targetOf(write)));
    const answer = await request(write.event, write.input);
    underway = undefined;
    settle(key, write, answer);
    flush();
  }

  /** A write that was cut off stays as it is: it is repeatable, and goes out again at the next connect. */
  function settle(key: string, write: Write, answer: Answer): void {
    const change = answer.ok ? changeOf(write, answer) : despite(write, answer.failure);
    const failure = answer.ok ? BAD_ANSWER : answer.failure;
    if (answer.ok) backoff.reset();
    if (change) done(key, write, change);
    else if (isUnable(failure)) rest(failure);
    else if (failure.code !== 'disconnected') apply({ type: 'write-failed', key, failure });
    else if (!find(key)) tell(key, outcomeOf(write));
  }

  /** Updates made upon what this one was made upon were made in sight of it: they are no conflict with it. */
  function done(key: string, write: Write, change: Change): void {
    apply({ type: 'write-settled', key, change });
    const before = insistedOn(write);
    if (before === undefined) return;
    for (const one of writesTo(targetOf(write))) {
      if (insistedOn(one.write) !== before) continue;
      apply({ type: 'write-repeated', key: one.key, write: uponRevision(one.write, change.data.revision) });
    }
  }

  /** While the server cannot take one write it cannot take the next: the order stays. */
  function rest({ retryAfter }: Failure): void {
    const wait = retryAfter === undefined ? backoff.next() : retryAfter * 1000;
    pause = setTimeout(() => {
      pause = undefined;
      flush();
    }, wait);
  }

  function finish(event: WriteEvent): void {
    if (event.type === 'write-settled') tell(event.key, { ok: true, data: event.change });
    if (event.type === 'write-failed') tell(event.key, failed(event.failure));
  }

  function tell(key: string, outcome: Outcome<Change>): void {
    waiting.get(key)?.(outcome);
    waiting.delete(key);
  }

  /** An update of what has yet to be created does not find it: that is no reason to throw either away. */
  function despite(write: Write, failure: Failure): Change | undefined {
    const isUncreated = writesTo(targetOf(write)).some((one) => isCreation(one.write));
    return isUncreated && !isDeletion(write) ? undefined : changeDespite(write, failure);
  }

  /** With it goes whatever else failed on the same record, in order: an edit of what was not created makes no sense. */
  function retry(key: string): void {
    const known = find(key);
    if (!known) return;
    const writes = writesTo(targetOf(known.write));
    // Sent after a deletion that is under way, a creation would outlive it.
    if (writes.some(isHiding)) return;
    for (const one of writes) {
      if (one.status === 'failed') apply({ type: 'write-repeated', key: one.key, write: uponCurrent(one) });
    }
    flush();
  }

  function discard(key: string): void {
    const one = find(key);
    apply({ type: 'write-removed', key });
    // What was to be written to something that will never be goes with it.
    if (one && isCreation(one.write)) removeWhere(({ write }) => isOf(write, targetOf(one.write)));
    flush();
  }

  function removeWhere(isMeant: (one: Pending) => boolean): void {
    for (const one of pending()) if (isMeant(one)) apply({ type: 'write-removed', key: one.key });
  }

  function writesTo(target: string): readonly Pending[] {
    return pending().filter(({ write }) => targetOf(write) === target);
  }

  /** A write also goes when its own event comes, or when that which it wrote to is deleted. */
  function forgetGone(): void {
    const now = pending();
    if (now === known) return;
    const kept = new Set(now.map(({ key }) => key));
    for (const { key, write } of known) {
      if (kept.has(key)) continue;
      gone.add(key);
      storage?.remove(key);
      if (key !== underway) tell(key, outcomeOf(write));
    }
    known = now;
  }

  /** What became of a write that nobody answered: its record came by itself, or what it wrote to is gone. */
  function outcomeOf(write: Write): Outcome<Change> {
    const change = isCreation(write) ? heldChange(store.getSnapshot().state, write) : undefined;
    return change ? { ok: true, data: change } : failed(GONE);
  }

  async function restore(): Promise<void> {
    const left = (await storage?.load()) ?? [];
    const writes = left.filter(({ key }) => !gone.has(key));
    if (writes.length > 0) store.dispatch({ type: 'writes-restored', writes });
    flush();
  }

  store.subscribe(forgetGone);
  watchHeld(store, letGo);

  return { submit, release, flush, retry, discard, hear, restore };
}

function isDue({ status, heldUntil }: Pending): boolean {
  return status === 'sending' && heldUntil === undefined;
}

/** What passes by itself, and stops every other write too. */
function isUnable({ code }: Failure): boolean {
  return code === 'unavailable' || code === 'rate_limited';
}

function keyOf(event: WriteEvent): string | undefined {
  return 'pending' in event ? event.pending.key : 'key' in event ? event.key : undefined;
}
