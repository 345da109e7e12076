import type { Store } from '../state/store.js';
import { isGap } from '../state/streams.js';
import type { Request } from '../wire/answers.js';
import type { Delta } from '../wire/events.js';
import { isMessage } from '../wire/kinds.js';

/** Keeps the messages that are being written complete, from wherever this device joins them. */
export interface OpenMessages {
  /** Applies a delta; what is missing before it is asked for. */
  receive(delta: Delta): void;
  /** Asks what an open message holds: for one that was found in a page, which may be older than its deltas. */
  readonly ask: (id: string) => Promise<void>;
  /** Asks what all of them hold: for who was not there to hear their deltas, and is sent none from the beginning. */
  askAll(): void;
}

interface OpenMessagesOptions {
  readonly store: Store;
  readonly request: Request;
}

/** Asks for a message once at a time. */
export function createOpenMessages({ store, request }: OpenMessagesOptions): OpenMessages {
  const asked = new Set<string>();

  function receive(delta: Delta): void {
    if (isGap(store.getSnapshot().state, delta)) void ask(delta.messageId);
    else store.dispatch(delta);
  }

  /** An answer that does not come is asked for again by the next delta. */
  async function ask(id: string): Promise<void> {
    if (asked.has(id)) return;
    asked.add(id);
    const answer = await request('message:get', { id });
    asked.delete(id);
    if (!answer.ok || !isMessage(answer.data)) return;
    store.dispatch({ type: 'answered', change: { event: 'message:updated', data: answer.data } });
  }

  function askAll(): void {
    for (const id of store.getSnapshot().state.streams.keys()) void ask(id);
  }

  return { receive, ask, askAll };
}
