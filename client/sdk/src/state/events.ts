/** Everything that changes the state, by what it is about. */

import type { Change } from '../wire/changes.js';
import type { Context, Conversation, ConversationList, Message, MessageList } from '../wire/contract.js';
import type { Received } from '../wire/events.js';
import type { Failure } from '../wire/failure.js';
import type { CollectionRows } from '../wire/kinds.js';
import type { ReadKey } from './state.js';
import type { Pending } from './writes.js';

/** By the name of each collection, all rows that were kept of it. */
export type KeptRows = { readonly [C in keyof CollectionRows]: readonly CollectionRows[C][] };

/** What was kept from an earlier visit. */
export interface Restored extends KeptRows {
  readonly type: 'restored';
  readonly revision: number;
  readonly cursor: string;
  readonly origin: number;
  readonly next: ConversationList | undefined;
  readonly touched: ReadonlyMap<string, string>;
}

/**
 * What readings tell. `read-dropped`: it was not done after all. `released`: a conversation is not watched any more.
 * `thinned`: of a conversation that is looked at, no more than `keep` messages are, at the side that is named.
 */
export type ReadEvent =
  | { readonly type: 'read-began'; readonly key: ReadKey }
  | { readonly type: 'read-failed'; readonly key: ReadKey; readonly failure: Failure }
  | { readonly type: 'read-dropped'; readonly key: ReadKey }
  | { readonly type: 'released'; readonly conversationId: string }
  | {
      readonly type: 'thinned';
      readonly conversationId: string;
      readonly side: 'older' | 'newer';
      readonly keep: number;
    }
  | {
      readonly type: 'conversations-read';
      /** What their titles were searched for, if they were: there is no next page then. */
      readonly words?: string | undefined;
      readonly rows: readonly Conversation[];
      readonly next: ConversationList | undefined;
    }
  | { readonly type: 'conversation-read'; readonly id: string; readonly row: Conversation | undefined }
  | {
      readonly type: 'messages-read';
      readonly conversationId: string;
      readonly rows: readonly Message[];
      readonly next: MessageList | undefined;
      /** Whether the page follows an end that was let go, instead of coming before what is held. */
      readonly isNewer?: boolean;
    }
  | { readonly type: 'context-read'; readonly conversationId: string; readonly row: Context | undefined };

/** What happens to writes. `answered` is a change known from an acknowledgement: it never moves the cursor. */
export type WriteEvent =
  | { readonly type: 'write-made'; readonly pending: Pending }
  | { readonly type: 'write-failed'; readonly key: string; readonly failure: Failure }
  | { readonly type: 'write-repeated'; readonly key: string; readonly write: Pending['write'] }
  | { readonly type: 'write-removed'; readonly key: string }
  | { readonly type: 'write-settled'; readonly key: string; readonly change: Change }
  | { readonly type: 'writes-restored'; readonly writes: readonly Pending[] }
  | { readonly type: 'answered'; readonly change: Change };

/** Everything that the reducer takes. */
export type StateEvent =
  | Received
  | ReadEvent
  | WriteEvent
  | Restored
  | { readonly type: 'typing-ended'; readonly conversationId: string }
  | { readonly type: 'cleared' };
