/** How much of the conversations is held: what is watched, in pages, and not everything. */

import { without, withEntry } from './immutable.js';
import { placeOf, type Rows } from './rows.js';
import type { Loaded, State } from './state.js';
import { ceaseAll } from './streams.js';
import { capped, PAGE } from './threadCap.js';

/**
 * Whether the messages of a conversation are to be held: it is read, or being read, or not known yet, in which case it
 * may be a new one that is held whole. The others are read when they are watched.
 */
export function isWanted(state: State, conversationId: string): boolean {
  return (
    state.loaded.has(conversationId) ||
    !state.conversations.has(conversationId) ||
    isLoading(state, conversationId)
  );
}

/** It is not watched any more: its end stays, for when it is again. */
export function release(state: State, id: string): State {
  const loaded = state.loaded.get(id);
  const rows = state.messages.get(id) ?? [];
  if (loaded?.newer) return unloaded(state, id);
  if (!loaded || isLoading(state, id)) return state;
  const end = capped(id, { rows, ...loaded });
  if (end.rows === rows) return state;
  const { from, next } = end;
  const messages = withEntry(state.messages, id, end.rows);
  return { ...state, messages, loaded: withEntry(state.loaded, id, { from, next }) };
}

function unloaded(state: State, id: string): State {
  const reads = without(state.reads, `messages/${id}` as const);
  return { ...withoutMessages(state, id), reads, loaded: without(state.loaded, id) };
}

/** Holds no message of a conversation, nor a text that one of them is growing to. */
export function withoutMessages(state: State, id: string): State {
  const closed = ceaseAll(state, state.messages.get(id) ?? []);
  return { ...closed, messages: without(state.messages, id) };
}

/** Lets go of what is far from the side at which it is read. */
export function thin(state: State, id: string, side: 'older' | 'newer', keep: number): State {
  const loaded = state.loaded.get(id);
  const rows = within(state.messages.get(id) ?? [], loaded);
  if (!loaded || rows.length <= keep) return state;
  const page = { conversation_id: id, limit: PAGE };
  if (side === 'older') {
    const after = rows[keep - 1]?.position ?? 0;
    return upTo(state, id, { ...loaded, newer: { ...page, after } });
  }
  const before = rows.at(-keep)?.position ?? 0;
  return upTo(state, id, { ...loaded, from: before, next: { ...page, before } });
}

/** Holds of a conversation what is said to be loaded, and nothing on either side of it. */
export function upTo(state: State, id: string, loaded: Loaded): State {
  const rows = state.messages.get(id) ?? [];
  const held = within(rows, loaded);
  const kept = new Set(held);
  const closed = ceaseAll(
    state,
    rows.filter((row) => !kept.has(row)),
  );
  const messages = withEntry(state.messages, id, held);
  return { ...closed, messages, loaded: withEntry(state.loaded, id, loaded) };
}

/** Of the messages that have come, those between which none is missing. */
export function within(rows: Rows, loaded: Loaded | undefined): Rows {
  if (!loaded) return [];
  const [from, to] = [placeOf(rows, loaded.from), placeOf(rows, (loaded.newer?.after ?? Infinity) + 1)];
  return from === 0 && to === rows.length ? rows : rows.slice(from, to);
}

/** Once everything has come, messages whose conversation did not come with them are of an old one that is not read. */
export function releaseUnread(state: State): State {
  const unread = [...state.messages.keys()].filter((id) => !state.loaded.has(id) && !isLoading(state, id));
  return unread.reduce(withoutMessages, state);
}

function isLoading(state: State, id: string): boolean {
  return state.reads.get(`messages/${id}`)?.status === 'loading';
}
