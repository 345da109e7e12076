import type { ConversationList, Message, MessageList } from '../wire/contract.js';
import type { Failure } from '../wire/failure.js';
import { KINDS, type Collected, type CollectionRows } from '../wire/kinds.js';
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
export interface State extends Collections {
  readonly revision: number;
  readonly cursor: string | undefined;
  /** The revision at which this device began: whatever was created after it is held whole. */
  readonly origin: number;
  /** Raised by every reset: what was asked before it must not be applied after it. */
  readonly generation: number;
  /** By conversation, ascending by position. Also of conversations that are not held. */
  readonly messages: ReadonlyMap<string, readonly Message[]>;
  /** What has been said so far in the messages that are still growing, by id; their rows keep what they began with. */
  readonly streams: ReadonlyMap<string, string>;
  /** Conversations in which another device of the user is typing. */
  readonly typing: ReadonlySet<string>;
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

/** The rows of each kind that has a collection, by the kind's key. */
export type Collections = { readonly [C in keyof CollectionRows]: ReadonlyMap<string, CollectionRows[C]> };

/** Makes something for each collection. */
export function inCollections<T>(make: (kind: Collected) => T): Record<keyof CollectionRows, T> {
  const entries = COLLECTED.map((kind) => [kind.collection, make(kind)] as const);
  return Object.fromEntries(entries) as Record<keyof CollectionRows, T>;
}

/** The kinds that have a collection. */
export const COLLECTED = Object.values(KINDS).filter((kind) => 'collection' in kind);

/** What a device knows before anything has come. */
export const EMPTY: State = {
  ...inCollections(() => new Map<string, never>()),
  revision: 0,
  cursor: undefined,
  origin: Infinity,
  generation: 0,
  messages: new Map(),
  streams: new Map(),
  typing: new Set(),
  deleted: new Set(),
  touched: new Map(),
  reads: new Map(),
  loaded: new Map(),
  nextConversations: undefined,
  pending: [],
};
