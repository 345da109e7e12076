/**
 * The kinds of revisioned rows that a device holds, each declared once: the events that tell of it, the state that
 * holds it and the archive that keeps it follow from its line here.
 */

import type {
  Context,
  Conversation,
  DeletedContext,
  DeletedConversation,
  DeletedMessage,
  Message,
} from './contract.js';
import { hasId, isNumber, isText, type Json } from './json.js';

/** What all rows and tombstones have in common. What stands in a conversation says in which, and goes with it. */
export interface Row {
  readonly id: string;
  readonly revision: number;
  readonly conversation_id?: string;
}

/** Recognises a value by what this SDK reads of it, so that fields may be added. */
export type Guard<T> = (value: unknown) => value is T;

/** One kind of row, under the name with which its events begin. */
export interface Kind {
  readonly isRow: Guard<Row>;
  readonly isTombstone: Guard<Row>;
  /** The field of the state and the object store of the archive that hold the rows; none for what has its own place. */
  readonly collection?: string;
  /** The field that names a row there: `conversation_id` where a conversation has one of the kind. */
  readonly key?: 'id' | 'conversation_id';
}

/** Recognises a row, or a tombstone, by what all of them have. */
export const isRow: Guard<Row> = isRevisioned;

/**
 * A kind that is only received, held, kept and deleted needs no more than its line, such as
 * `folder: { collection: 'folders', key: 'id', isRow: isRow as Guard<Folder>, isTombstone: isRow }`.
 * Conversations and messages have rules of their own besides, in `state/records.ts`.
 */
export const KINDS = {
  conversation: {
    collection: 'conversations',
    key: 'id',
    isRow: isConversation,
    isTombstone: isRow as Guard<DeletedConversation>,
  },
  message: { isRow: isMessage, isTombstone: isDeletedMessage },
  context: {
    collection: 'contexts',
    key: 'conversation_id',
    isRow: isContext,
    isTombstone: isOfConversation as Guard<DeletedContext>,
  },
} as const;

/** The table, with what each line says as a type. */
type Kinds = typeof KINDS;
type Guarded<G> = G extends Guard<infer T> ? T : never;

/** The names of the kinds, with which their events begin. */
export type KindName = keyof Kinds;
/** A kind as the table has it. */
export type KnownKind = Kinds[KindName];
/** The rows of a kind. */
export type RowOf<K extends KindName> = Guarded<Kinds[K]['isRow']>;
/** What is left of a deleted row of a kind. */
export type TombstoneOf<K extends KindName> = Guarded<Kinds[K]['isTombstone']>;

/** The names of the kinds that are held in collections. */
type CollectedName = { [K in KindName]: Kinds[K] extends { collection: string } ? K : never }[KindName];

/** A kind that is held in a collection. */
export type Collected = Kinds[CollectedName];

/** By the name of each collection, the rows that it holds. */
export type CollectionRows = { readonly [K in CollectedName as Kinds[K]['collection']]: RowOf<K> };

/** Whether a value is a conversation. */
export function isConversation(value: unknown): value is Conversation {
  return isRevisioned(value) && isText(value['updated_at']) && 'title' in value;
}

/** Whether a value is a message. */
export function isMessage(value: unknown): value is Message {
  return (
    isOfConversation(value) &&
    isText(value['content']) &&
    isText(value['role']) &&
    isNumber(value['position'])
  );
}

/** Whether a value is a context. */
export function isContext(value: unknown): value is Context {
  return isOfConversation(value) && 'context_window' in value && 'parameters' in value;
}

function isRevisioned(value: unknown): value is Json & Row {
  return hasId(value) && isNumber(value['revision']);
}

function isOfConversation(value: unknown): value is Json & DeletedContext {
  return isRevisioned(value) && isText(value.conversation_id);
}

function isDeletedMessage(value: unknown): value is DeletedMessage {
  return isOfConversation(value) && isText(value['timestamp']);
}
