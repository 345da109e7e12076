/**
 * Merging records: whatever the order in which pushed events, answers and pages arrive, and however often, of one
 * record the highest revision stays, and what was deleted does not come back.
 */

import type { Change } from '../wire/changes.js';
import type { Context, Conversation, Message } from '../wire/contract.js';
import { withElement, without, withEntry } from './immutable.js';
import { insert } from './rows.js';
import type { Loaded, State } from './state.js';
import { cease, resume } from './streams.js';
import { isWanted, withoutMessages } from './threads.js';
import { isOf, type Pending } from './writes.js';

/** Applies one change without regard to the cursor. */
export function merge(state: State, change: Change): State {
  switch (change.event) {
    case 'conversation:created':
    case 'conversation:updated':
      return putConversation(state, change.data);
    case 'message:created':
    case 'message:updated':
      return putMessage(state, change.data);
    case 'context:created':
    case 'context:updated':
      return putContext(state, change.data);
    case 'conversation:deleted':
      return dropConversation(state, change.data.id);
    case 'message:deleted':
      return dropMessage(touch(state, change.data.conversation_id, change.data.timestamp), change.data);
    case 'context:deleted':
      return dropContext(state, change.data);
  }
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

/** Of a conversation that nobody reads no more is held than when it was last written in. */
export function putMessage(state: State, row: Message): State {
  const { id, conversation_id, timestamp } = row;
  if (state.deleted.has(id) || state.deleted.has(conversation_id)) return state;
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

export function putContext(state: State, row: Context): State {
  if (state.deleted.has(row.id) || state.deleted.has(row.conversation_id)) return state;
  const held = state.contexts.get(row.conversation_id);
  if (held && held.revision >= row.revision) return state;
  return { ...state, contexts: withEntry(state.contexts, row.conversation_id, row) };
}

/** Its messages and its context go with it: they get no change of their own. */
export function dropConversation(state: State, id: string): State {
  if (state.deleted.has(id)) return state;
  return {
    ...withoutWrites(withoutMessages(state, id), ({ write }) => isOf(write, id)),
    deleted: withElement(state.deleted, id),
    conversations: without(state.conversations, id),
    contexts: without(state.contexts, id),
    touched: without(state.touched, id),
    loaded: without(state.loaded, id),
  };
}

export function dropMessage(state: State, row: { id: string; conversation_id: string }): State {
  if (state.deleted.has(row.id)) return state;
  const deleted = withElement(state.deleted, row.id);
  const dropped = withoutWrites({ ...state, deleted }, ({ write }) => isOf(write, row.id));
  const rows = state.messages.get(row.conversation_id) ?? [];
  const left = rows.filter(({ id }) => id !== row.id);
  if (left.length === rows.length) return dropped;
  const messages = withEntry(state.messages, row.conversation_id, left);
  return cease({ ...dropped, messages }, row.id);
}

export function dropContext(state: State, row: { id: string; conversation_id: string }): State {
  if (state.deleted.has(row.id)) return state;
  const deleted = withElement(state.deleted, row.id);
  const held = state.contexts.get(row.conversation_id);
  return {
    ...state,
    deleted,
    contexts: held?.id === row.id ? without(state.contexts, row.conversation_id) : state.contexts,
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
  return others.reduce<string>((most, one) => (one !== undefined && one > most ? one : most), first);
}

/** Without the writes that have become pointless. */
export function withoutWrites(state: State, isPointless: (one: Pending) => boolean): State {
  const pending = state.pending.filter((one) => !isPointless(one));
  return pending.length === state.pending.length ? state : { ...state, pending };
}
