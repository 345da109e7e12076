/**
 * The receiver's rule, whole and pure: what each event does to what a device knows.
 *
 * - A pushed change is applied when its revision is above the cursor's, and moves it; otherwise it is dropped.
 * - Answers and pages merge record by record and leave the cursor where it is.
 * - A delta lengthens a message that is open; it has no revision and moves nothing else.
 * - A reset throws everything away except the writes that are still under way.
 */

import type { Change } from '../wire/changes.js';
import type { MessageList } from '../wire/contract.js';
import { isNumber } from '../wire/json.js';
import { KINDS } from '../wire/kinds.js';
import type { Restored, StateEvent } from './events.js';
import { withElement, withEntry, without, withoutElement } from './immutable.js';
import {
  dropConversation,
  keyOf,
  merge,
  putConversation,
  putPage,
  putRow,
  withoutWrites,
} from './records.js';
import { EMPTY, inCollections, type Loaded, type Read, type ReadKey, type State } from './state.js';
import { grow } from './streams.js';
import { release, releaseUnread, thin, upTo } from './threads.js';
import { isCreation, type Pending, type Write } from './writes.js';

/** The state after an event; the same object when nothing changed. Never throws. */
export function reduce(state: State, event: StateEvent): State {
  switch (event.type) {
    case 'changed':
      return change(state, event.change, event.cursor);
    case 'synced':
      return synced(state, event.revision, event.cursor);
    case 'reset':
      return { ...EMPTY, cursor: event.cursor, generation: state.generation + 1, pending: state.pending };
    case 'delta':
      return grow(state, event);
    case 'typing':
      return { ...state, typing: withElement(state.typing, event.conversationId) };
    case 'typing-ended':
      return { ...state, typing: withoutElement(state.typing, event.conversationId) };
    case 'read-began':
      return marked(state, event.key, { status: 'loading' });
    case 'restored':
      return restore(state, event);
    case 'read-dropped':
      return { ...state, reads: without(state.reads, event.key) };
    case 'released':
      return release(state, event.conversationId);
    case 'thinned':
      return thin(state, event.conversationId, event.side, event.keep);
    case 'read-failed':
      return marked(state, event.key, { status: 'failed', failure: event.failure });
    case 'conversations-read':
      return readConversations(state, event);
    case 'conversation-read':
      return ready(
        event.row ? putConversation(state, event.row) : dropConversation(state, event.id),
        `conversation/${event.id}`,
      );
    case 'messages-read':
      return readMessages(state, event);
    case 'context-read':
      return ready(
        event.row ? putRow(state, KINDS.context, event.row) : state,
        `context/${event.conversationId}`,
      );
    case 'write-made':
      return restored(state, [event.pending]);
    case 'writes-restored':
      return restored(state, event.writes);
    case 'write-failed':
      return replaced(state, event.key, (one) => ({ ...one, status: 'failed', failure: event.failure }));
    case 'write-repeated':
      return replaced(state, event.key, (one) => repeated(one, event.write));
    case 'write-removed':
      return removed(state, event.key);
    case 'write-settled':
      return removed(answered(state, event.change), event.key);
    case 'answered':
      return answered(state, event.change);
    case 'cleared':
      return { ...EMPTY, generation: state.generation + 1 };
  }
}

/** What was kept is older than whatever came before it: then that has to be read anyway. */
function restore(state: State, kept: Restored): State {
  if (state.cursor !== undefined) return state;
  const { revision, cursor, origin, next: nextConversations } = kept;
  const rows = inCollections((kind) => new Map(kept[kind.collection].map((row) => [keyOf(kind, row), row])));
  const touched = new Map([...kept.touched].filter(([id]) => !rows.conversations.has(id)));
  const restored = { ...state, ...rows, revision, cursor, origin, touched, nextConversations } as State;
  return ready(restored, 'conversations');
}

function synced(state: State, revision: number, cursor: string): State {
  if (revision < state.revision) return state;
  // Also after a reset, which says where to go on from but not by which number.
  const origin = state.origin === Infinity ? revision : state.origin;
  return releaseUnread({ ...state, revision, cursor, origin });
}

function change(state: State, change: Change, cursor: string): State {
  const { revision } = change.data;
  if (revision <= state.revision) return state;
  return { ...answered(state, change), revision, cursor };
}

/** A creation that has come back is no longer pending, whichever way it came. */
function settled(state: State, change: Change): State {
  const { id } = change.data;
  return withoutWrites(
    state,
    ({ write }) => isCreation(write) && 'id' in write.input && write.input.id === id,
  );
}

function readConversations(
  state: State,
  { words, rows, next }: Extract<StateEvent, { type: 'conversations-read' }>,
): State {
  const merged = rows.reduce(putConversation, state);
  if (words) return ready(merged, `titles/${words}`);
  return { ...ready(merged, 'conversations'), nextConversations: next };
}

function readMessages(state: State, page: Extract<StateEvent, { type: 'messages-read' }>): State {
  const { conversationId, rows, next, isNewer } = page;
  const loaded = state.loaded.get(conversationId);
  if (state.deleted.has(conversationId) || (isNewer && !loaded)) return state;
  const merged = ready(putPage(state, conversationId, rows), `messages/${conversationId}`);
  // What came meanwhile behind an end that was let go is shown with the last page.
  if (isNewer && loaded) return upTo(merged, conversationId, { ...loaded, newer: following(next) });
  const from = next ? Math.min(...rows.map(({ position }) => position)) : 0;
  return upTo(merged, conversationId, { from, next, newer: loaded?.newer });
}

/** The input for the page after this one; undefined after the last. */
function following(next: MessageList | undefined): Loaded['newer'] {
  const after = next?.after;
  return next && isNumber(after) ? { ...next, after } : undefined;
}

/** What is known from an answer: as a pushed change, but the cursor stays where it is. */
function answered(state: State, change: Change): State {
  return settled(merge(state, change), change);
}

function removed(state: State, key: string): State {
  return withoutWrites(state, (one) => one.key === key);
}

/** Keys are made in the order of time, in every tab: what was left by an earlier visit comes first. */
function restored(state: State, writes: readonly Pending[]): State {
  const known = new Set(state.pending.map(({ key }) => key));
  const missing = writes.filter(({ key }) => !known.has(key));
  const pending = [...state.pending, ...missing].sort((one, other) => (one.key < other.key ? -1 : 1));
  return missing.length === 0 ? state : { ...state, pending };
}

function replaced(state: State, key: string, change: (one: Pending) => Pending): State {
  return { ...state, pending: state.pending.map((one) => (one.key === key ? change(one) : one)) };
}

/** To be sent again: neither failed nor held back any more. */
function repeated({ key, at }: Pending, write: Write): Pending {
  return { key, at, write, status: 'sending' };
}

function ready(state: State, key: ReadKey): State {
  return marked(state, key, { status: 'ready' });
}

function marked(state: State, key: ReadKey, read: Read): State {
  return { ...state, reads: withEntry(state.reads, key, read) };
}
