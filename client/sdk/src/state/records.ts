/**
 * Merging records: whatever the order in which pushed events, answers and pages arrive, and however often, of one
 * record the highest revision stays, and what was deleted does not come back.
 */

import { isDeleted, kindOf, type Change } from '../wire/changes.js';
import type { Conversation, DeletedMessage, Message } from '../wire/contract.js';
import { KINDS, type Collected, type Row } from '../wire/kinds.js';
import { withElement, without, withEntry } from './immutable.js';
import { insert } from './rows.js';
import { inCollections, type Collections, type Loaded, type State } from './state.js';
import { cease, resume } from './streams.js';
import { isWanted, withoutMessages } from './threads.js';
import { isOf, type Pending } from './writes.js';

/** Applies one change without regard to the cursor. */
export function merge(state: State, { event, data }: Change): State {
  const kind = kindOf(event);
  const isGoing = isDeleted(event);
  // Each guard has said that the data is of its kind.
  if (kind === KINDS.message)
    return isGoing ? dropMessage(state, data as DeletedMessage) : putMessage(state, data as Message);
  if (kind === KINDS.conversation)
    return isGoing ? dropConversation(state, data.id) : putConversation(state, data as Conversation);
  return isGoing ? dropRow(state, kind as Collected, data) : putRow(state, kind as Collected, data);
}

/** A conversation's `updated_at` only grows, so of two equal revisions the later one is right. */
export function putConversation(state: State, row: Conversation): State {
  if (state.deleted.has(row.id)) return state;
  const held = state.conversations.get(row.id);
  const newest = held && held.revision > row.revision ? held : row;
  const updated_at = latest(row.updated_at, held?.updated_at, state.touched.get(row.id));
  if (newest.revision === held?.revision && updated_at === held.updated_at) return state;
  const conversations = withEntry(state.conversations, row.id, { ...newest, updated_at });
  const merged = { ...state, conversations, touched: without(state.touched, row.id) };
  return held || row.position <= state.origin
    ? merged
    : { ...merged, loaded: withEntry(state.loaded, row.id, WHOLE) };
}

/** Every message of a conversation. */
export const WHOLE: Loaded = { from: 0, next: undefined };

/** Of a conversation that is not read no more is held than when it was last written in. */
function putMessage(state: State, row: Message): State {
  if (isGone(state, row)) return state;
  const { conversation_id, timestamp } = row;
  return isWanted(state, conversation_id)
    ? putPage(state, conversation_id, [row])
    : touch(state, conversation_id, timestamp);
}

/** Holds messages of one conversation, ascending by position, and takes as many steps as there are. */
export function putPage(state: State, conversationId: string, page: readonly Message[]): State {
  if (state.deleted.has(conversationId)) return state;
  const rows = page.filter(({ id }) => !state.deleted.has(id));
  const held = state.messages.get(conversationId);
  const merged = insert(held ?? [], rows);
  if (merged === held) return rows.reduce(resume, state);
  const messages = withEntry(state.messages, conversationId, merged);
  const resumed = rows.reduce(resume, { ...state, messages });
  return rows.reduce((before, { timestamp }) => touch(before, conversationId, timestamp), resumed);
}

/** Holds a row of a kind that has no rules of its own, if it is the newest that has come. */
export function putRow(state: State, kind: Collected, row: Row): State {
  const rows: ReadonlyMap<string, Row> = state[kind.collection];
  const held = rows.get(keyOf(kind, row));
  if (isGone(state, row) || (held && held.revision >= row.revision)) return state;
  return { ...state, [kind.collection]: withEntry(rows, keyOf(kind, row), row) };
}

/** What names a row, or its tombstone, in the collection of its kind. */
export function keyOf({ key }: Collected, row: Row): string {
  // The guards of a kind look for its key.
  return row[key] ?? '';
}

/** Whether a row was deleted, or the conversation in which it stands. */
function isGone({ deleted }: State, { id, conversation_id }: Row): boolean {
  return deleted.has(id) || (conversation_id !== undefined && deleted.has(conversation_id));
}

/** Its messages, and whatever else stands in it, go with it: they get no change of their own. */
export function dropConversation(state: State, id: string): State {
  if (state.deleted.has(id)) return state;
  return {
    ...withoutWrites(withoutMessages(state, id), ({ write }) => isOf(write, id)),
    // Under its id stand the conversation itself, and what it has one of.
    ...(inCollections(({ collection }) => without<string, Row>(state[collection], id)) as Collections),
    deleted: withElement(state.deleted, id),
    touched: without(state.touched, id),
    loaded: without(state.loaded, id),
  };
}

function dropMessage(before: State, row: DeletedMessage): State {
  const state = touch(before, row.conversation_id, row.timestamp);
  if (state.deleted.has(row.id)) return state;
  const deleted = withElement(state.deleted, row.id);
  const dropped = withoutWrites({ ...state, deleted }, ({ write }) => isOf(write, row.id));
  const rows = state.messages.get(row.conversation_id) ?? [];
  const left = rows.filter(({ id }) => id !== row.id);
  if (left.length === rows.length) return dropped;
  const messages = withEntry(state.messages, row.conversation_id, left);
  return cease({ ...dropped, messages }, row.id);
}

/** Lets go of a row of a kind that has no rules of its own, unless another has taken its place. */
function dropRow(state: State, kind: Collected, tombstone: Row): State {
  const rows: ReadonlyMap<string, Row> = state[kind.collection];
  const [id, key] = [tombstone.id, keyOf(kind, tombstone)];
  if (state.deleted.has(id)) return state;
  return {
    ...state,
    deleted: withElement(state.deleted, id),
    [kind.collection]: rows.get(key)?.id === id ? without(rows, key) : rows,
  };
}

/** A message raises its conversation's `updated_at`; for one that is not held the time is kept until it comes. */
function touch(state: State, conversationId: string, timestamp: string): State {
  if (state.deleted.has(conversationId)) return state;
  const held = state.conversations.get(conversationId);
  if (!held) {
    const at = latest(timestamp, state.touched.get(conversationId));
    return { ...state, touched: withEntry(state.touched, conversationId, at) };
  }
  const updated_at = latest(timestamp, held.updated_at);
  if (updated_at === held.updated_at) return state;
  return { ...state, conversations: withEntry(state.conversations, conversationId, { ...held, updated_at }) };
}

/** Times are RFC 3339 in UTC with milliseconds: their order is that of their text. */
function latest(first: string, ...others: readonly (string | undefined)[]): string {
  return others.reduce<string>((most, one = '') => (one > most ? one : most), first);
}

/** Without the writes that have become pointless. */
export function withoutWrites(state: State, isPointless: (one: Pending) => boolean): State {
  const pending = state.pending.filter((one) => !isPointless(one));
  return pending.length === state.pending.length ? state : { ...state, pending };
}
