import type { Change } from '../wire/changes.js';
import type { Context, Conversation, ConversationList, Message, MessageList } from '../wire/contract.js';
import type { Failure } from '../wire/failure.js';
import type { Pending } from './writes.js';

/** What is read from the server in pages or one by one, each under a name of its own. */
export type ReadKey =
  | 'conversations'
  | `titles/${string}`
  | `conversation/${string}`
  | `messages/${string}`
  | `context/${string}`;

/** How a reading stands; one that never began has no entry. `ready` and `loading` again means: the next page. */
export interface Read {
  readonly status: 'loading' | 'ready' | 'failed';
  readonly failure?: Failure;
}

/**
 * How much of a conversation is held: every message at or after `from`, a position. Where its end was let go, up to
 * `newer.after`, and `newer` asks for what follows.
 */
export interface Loaded {
  readonly from: number;
  readonly next: MessageList | undefined;
  readonly newer?: (MessageList & { readonly after: number }) | undefined;
}

/**
 * What one device knows of its user. Never changed in place, so what did not change keeps its identity.
 *
 * `revision` and `cursor` say up to where pushed events have been applied; records may be newer than that,
 * because answers bring them too.
 */
export interface State {
  readonly revision: number;
  readonly cursor: string | undefined;
  /** The revision at which this device began: whatever was created after it is held whole. */
  readonly origin: number;
  /** Raised by every reset: what was asked before it must not be applied after it. */
  readonly generation: number;
  readonly conversations: ReadonlyMap<string, Conversation>;
  /** By conversation, ascending by position. Also of conversations that are not held. */
  readonly messages: ReadonlyMap<string, readonly Message[]>;
  /** What has been said so far in the messages that are still growing, by id; their rows keep what they began with. */
  readonly streams: ReadonlyMap<string, string>;
  /** Conversations in which another device of the user is typing. */
  readonly typing: ReadonlySet<string>;
  /** By conversation. */
  readonly contexts: ReadonlyMap<string, Context>;
  /** Ids of what was deleted. The server never gives an id out again, so a deletion is final. */
  readonly deleted: ReadonlySet<string>;
  /** Conversations that are not held although messages of theirs changed, with the latest such time. */
  readonly touched: ReadonlyMap<string, string>;
  readonly reads: ReadonlyMap<ReadKey, Read>;
  readonly loaded: ReadonlyMap<string, Loaded>;
  readonly nextConversations: ConversationList | undefined;
  /** In the order in which they were made. */
  readonly pending: readonly Pending[];
}

/** What the server pushes. */
export type Received =
  | { readonly type: 'changed'; readonly change: Change; readonly cursor: string }
  | { readonly type: 'synced'; readonly revision: number; readonly cursor: string }
  | { readonly type: 'reset'; readonly cursor: string }
  | Delta
  | { readonly type: 'typing'; readonly conversationId: string };

/** A growing message now holds the first `offset` UTF-16 units of what it held, and `text` behind them. */
export interface Delta {
  readonly type: 'delta';
  readonly messageId: string;
  readonly offset: number;
  readonly text: string;
}

/** What was kept from an earlier visit. */
export interface Restored {
  readonly type: 'restored';
  readonly revision: number;
  readonly cursor: string;
  readonly origin: number;
  readonly next: ConversationList | undefined;
  readonly touched: ReadonlyMap<string, string>;
  readonly conversations: readonly Conversation[];
  readonly contexts: readonly Context[];
}

/**
 * What readings tell. `read-dropped`: it was not done after all. `released`: nobody looks at a conversation any more.
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
    }
  | {
      readonly type: 'newer-read';
      readonly conversationId: string;
      readonly rows: readonly Message[];
      readonly next: Loaded['newer'];
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

export type StateEvent =
  | Received
  | ReadEvent
  | WriteEvent
  | Restored
  | { readonly type: 'typing-ended'; readonly conversationId: string }
  | { readonly type: 'cleared' };

export const EMPTY: State = {
  revision: 0,
  cursor: undefined,
  origin: Infinity,
  generation: 0,
  conversations: new Map(),
  messages: new Map(),
  streams: new Map(),
  typing: new Set(),
  contexts: new Map(),
  deleted: new Set(),
  touched: new Map(),
  reads: new Map(),
  loaded: new Map(),
  nextConversations: undefined,
  pending: [],
};
