/** How much of the conversations is held: what somebody looks at, in pages, and not everything. */

import { without, withEntry } from './collections.js';
import type { State } from './state.js';
import { cease } from './streams.js';
import { capped } from './threadCap.js';

/**
 * Whether the messages of a conversation are to be held: it is read, or being read, or not known yet, in which case it
 * may be a new one that is held whole. The others are read when somebody looks at them.
 */
export function isWanted(state: State, conversationId: string): boolean {
  return (
    state.loaded.has(conversationId) ||
    !state.conversations.has(conversationId) ||
    state.reads.get(`messages/${conversationId}`)?.status === 'loading'
  );
}

/** Nobody looks at it any more: its end stays, for whoever comes back. */
export function release(state: State, id: string): State {
  const loaded = state.loaded.get(id);
  const rows = state.messages.get(id) ?? [];
  if (!loaded || state.reads.get(`messages/${id}`)?.status === 'loading') return state;
  const end = capped(id, { rows, ...loaded });
  if (end.rows === rows) return state;
  const { from, next } = end;
  const messages = withEntry(state.messages, id, end.rows);
  return { ...state, messages, loaded: withEntry(state.loaded, id, { from, next }) };
}

/** Once everything has come, messages whose conversation did not come with them are of an old one that nobody reads. */
export function releaseUnread(state: State): State {
  const unread = [...state.messages.keys()].filter(
    (id) => !state.loaded.has(id) && state.reads.get(`messages/${id}`)?.status !== 'loading',
  );
  return unread.reduce((before, id) => {
    const closed = (before.messages.get(id) ?? []).reduce((one, row) => cease(one, row.id), before);
    return { ...closed, messages: without(closed.messages, id) };
  }, state);
}
