import type { WriteEvent } from '../state/events.js';
import type { Store } from '../state/store.js';
import {
  blockerOf,
  insistedOn,
  isCreation,
  isDeletion,
  isFailed,
  isOf,
  targetOf,
  uponRevision,
  type Pending,
  type Write,
} from '../state/writes.js';
import type { Answer, Request } from '../wire/answers.js';
import { createBackoff } from '../wire/backoff.js';
import type { Change } from '../wire/changes.js';
import { BAD_ANSWER, type Failure } from '../wire/failure.js';
import { changeDespite, changeOf } from './answered.js';
import { findPending, pendingOf, pendingTo, removePending } from './pending.js';

/** Sends the writes that a store holds, in order, one at a time, and applies what their answers mean. */
export interface Sender {
  /** Sends the next write that is due, if none is under way and the server was able to take the last. */
  readonly flush: () => void;
  /** The key of the write that is under way. */
  readonly inFlight: string | undefined;
}

interface SenderOptions {
  readonly store: Store;
  readonly request: Request;
  /** Whether this is the one that sends, and can. */
  readonly maySend: () => boolean;
  readonly apply: (event: WriteEvent) => void;
  /** Called with a write that was cut off after it had gone. */
  readonly onGone: (one: Pick<Pending, 'key' | 'write'>) => void;
}

/** Pauses by itself, with full jitter, while the server is unable. */
export function createSender({ store, request, maySend, apply, onGone }: SenderOptions): Sender {
  const backoff = createBackoff();
  let inFlight: string | undefined;
  let pause: ReturnType<typeof setTimeout> | undefined;

  function flush(): void {
    if (inFlight !== undefined || pause !== undefined || !maySend()) return;
    const writes = pendingOf(store);
    const next = writes.find((one) => isDue(one) && !blockerOf(writes, one));
    if (next) void send(next);
  }

  async function send({ key, write }: Pending): Promise<void> {
    inFlight = key;
    // What failed on it will never be wanted again; until now the deletion could be undone, and that be sent.
    if (isDeletion(write))
      removePending(store, apply, (one) => isFailed(one) && isOf(one.write, targetOf(write)));
    const answer = await request(write.event, write.input);
    inFlight = undefined;
    settle(key, write, answer);
    flush();
  }

  /** A write that was cut off stays as it is: it is repeatable, and goes out again at the next connect. */
  function settle(key: string, write: Write, answer: Answer): void {
    const change = answer.ok ? changeOf(write, answer) : despite(write, answer.failure);
    const failure = answer.ok ? BAD_ANSWER : answer.failure;
    if (answer.ok) backoff.reset();
    if (change) settled(key, write, change);
    else if (isUnable(failure)) wait(failure);
    else if (failure.code !== 'disconnected') apply({ type: 'write-failed', key, failure });
    else if (!findPending(store, key)) onGone({ key, write });
  }

  /** Updates made upon what this one was made upon were made in sight of it: they are no conflict with it. */
  function settled(key: string, write: Write, change: Change): void {
    apply({ type: 'write-settled', key, change });
    const before = insistedOn(write);
    if (before === undefined) return;
    for (const one of pendingTo(store, targetOf(write))) {
      if (insistedOn(one.write) !== before) continue;
      apply({ type: 'write-repeated', key: one.key, write: uponRevision(one.write, change.data.revision) });
    }
  }

  /** While the server cannot take one write it cannot take the next: the order stays. */
  function wait({ retryAfter }: Failure): void {
    const milliseconds = retryAfter === undefined ? backoff.next() : retryAfter * 1000;
    pause = setTimeout(() => {
      pause = undefined;
      flush();
    }, milliseconds);
  }

  /** An update of what has yet to be created does not find it: that is no reason to throw either away. */
  function despite(write: Write, failure: Failure): Change | undefined {
    const isUncreated = pendingTo(store, targetOf(write)).some((one) => isCreation(one.write));
    return isUncreated && !isDeletion(write) ? undefined : changeDespite(write, failure);
  }

  return {
    flush,
    get inFlight() {
      return inFlight;
    },
  };
}

function isDue({ status, heldUntil }: Pending): boolean {
  return status === 'sending' && heldUntil === undefined;
}

/** What passes by itself, and stops every other write too. */
function isUnable({ code }: Failure): boolean {
  return code === 'unavailable' || code === 'rate_limited';
}
