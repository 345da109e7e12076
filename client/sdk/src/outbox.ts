import { uuidv7 } from 'uuidv7';
import type { Change } from './changes.js';
import { BAD_ANSWER, type Failure, type Outcome } from './failure.js';
import type { Store } from './store.js';
import { isConversation, isMessage, readChange, type Answer } from './wire.js';
import { isCreation, isDeletion, isHiding, uponCurrent, type Pending, type Write } from './writes.js';

/** A write that was taken on. `settled` never rejects; a write made without connection settles when there is one. */
export interface Submitted {
  readonly key: string;
  readonly settled: Promise<Outcome<Change>>;
}

/** Sends writes in the order in which they were made, at once or as soon as there is a connection. */
export interface Outbox {
  submit(write: Write): Submitted;
  /** Sends every write that waits: to be called at each connect. */
  flush(): void;
  /** Sends a failed write again, now upon what has changed meanwhile. */
  retry(key: string): void;
  /** Undoes a failed write: what lies below it shows again. */
  discard(key: string): void;
}

interface OutboxOptions {
  readonly store: Store;
  readonly request: (event: string, input: object) => Promise<Answer>;
  readonly isConnected: () => boolean;
}

export function createOutbox({ store, request, isConnected }: OutboxOptions): Outbox {
  const underway = new Set<string>();
  const waiting = new Map<string, (outcome: Outcome<Change>) => void>();

  function submit(write: Write): Submitted {
    const key = uuidv7();
    const settled = new Promise<Outcome<Change>>((resolve) => waiting.set(key, resolve));
    if (isDeletion(write)) discardFailed(write.input.id);
    store.dispatch({
      type: 'write-made',
      pending: { key, write, at: new Date().toISOString(), status: 'sending' },
    });
    flush();
    return { key, settled };
  }

  function flush(): void {
    if (!isConnected()) return;
    for (const one of store.getSnapshot().state.pending) {
      if (one.status === 'sending' && !underway.has(one.key)) void send(one);
    }
  }

  async function send({ key, write }: Pending): Promise<void> {
    underway.add(key);
    const answer = await request(write.event, write.input);
    underway.delete(key);
    settle(key, write, answer);
  }

  /** A write that was cut off stays as it is: it is repeatable, and goes out again at the next connect. */
  function settle(key: string, write: Write, answer: Answer): void {
    const change = answer.ok ? changeOf(write, answer) : despite(write, answer.failure);
    if (change) return succeed(key, change);
    const failure = answer.ok ? BAD_ANSWER : answer.failure;
    if (failure.code === 'disconnected') return;
    store.dispatch({ type: 'write-failed', key, failure });
    finish(key, { ok: false, failure });
  }

  function succeed(key: string, change: Change): void {
    store.dispatch({ type: 'answered', change });
    store.dispatch({ type: 'write-removed', key });
    finish(key, { ok: true, data: change });
  }

  function finish(key: string, outcome: Outcome<Change>): void {
    waiting.get(key)?.(outcome);
    waiting.delete(key);
  }

  /** An update of what has yet to be created does not find it: that is no reason to throw either away. */
  function despite(write: Write, failure: Failure): Change | undefined {
    const isUncreated = writesTo(write.input.id).some((one) => isCreation(one.write));
    return isUncreated && !isDeletion(write) ? undefined : changeDespite(write, failure);
  }

  /** With it goes whatever else failed on the same record, in order: an edit of what was not created makes no sense. */
  function retry(key: string): void {
    const id = store.getSnapshot().state.pending.find((one) => one.key === key)?.write.input.id;
    const writes = writesTo(id);
    // Sent after a deletion that is under way, a creation would outlive it.
    if (writes.some(isHiding)) return;
    for (const one of writes) {
      if (one.status === 'failed')
        store.dispatch({ type: 'write-repeated', key: one.key, write: uponCurrent(one) });
    }
    flush();
  }

  function discardFailed(id: string): void {
    for (const { key, status } of writesTo(id)) {
      if (status === 'failed') store.dispatch({ type: 'write-removed', key });
    }
  }

  function writesTo(id: string | undefined): readonly Pending[] {
    return store.getSnapshot().state.pending.filter(({ write }) => write.input.id === id);
  }

  return { submit, flush, retry, discard: (key) => store.dispatch({ type: 'write-removed', key }) };
}

/** The change that an acknowledged write made, as its own event tells it. */
function changeOf(write: Write, answer: Extract<Answer, { ok: true }>): Change | undefined {
  const revision = answer.revision ?? 0;
  switch (write.event) {
    case 'conversation:create':
    case 'conversation:update':
      return readChange('conversation:updated', answer.data);
    case 'message:create':
    case 'message:update':
      return readChange('message:updated', answer.data);
    case 'conversation:delete':
      return { event: 'conversation:deleted', data: { id: write.input.id, revision } };
    case 'message:delete':
      return readChange('message:deleted', answer.data) ?? deletedMessage(write, revision);
  }
}

/**
 * Some refusals say that what was wanted is so already: to change or delete what is gone, or, when an
 * acknowledgement was lost and the write repeated, a `stale` update whose words stand there already.
 */
function changeDespite(write: Write, failure: Failure): Change | undefined {
  const isGone = failure.code === 'not_found' || failure.code === 'deleted';
  const { current } = failure;
  switch (write.event) {
    case 'conversation:update':
      if (isGone) return { event: 'conversation:deleted', data: { id: write.input.id, revision: 0 } };
      return isConversation(current) && current.title === write.input.title
        ? { event: 'conversation:updated', data: current }
        : undefined;
    case 'message:update':
      if (isGone) return deletedMessage(write, 0);
      return isMessage(current) && current.content === write.input.content
        ? { event: 'message:updated', data: current }
        : undefined;
    case 'conversation:delete':
      return isGone
        ? { event: 'conversation:deleted', data: { id: write.input.id, revision: 0 } }
        : undefined;
    case 'message:delete':
      return isGone ? deletedMessage(write, 0) : undefined;
    case 'conversation:create':
    case 'message:create':
      return undefined;
  }
}

/** Its time is left out: the pushed change brings it. */
function deletedMessage(write: Extract<Write, { conversationId: string }>, revision: number): Change {
  const { conversationId, input } = write;
  return {
    event: 'message:deleted',
    data: { id: input.id, conversation_id: conversationId, timestamp: '', revision },
  };
}
