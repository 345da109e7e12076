/**
 * The receiver's rule, whole and pure: what each event does to what a device knows.
 *
 * - A pushed change is applied when its revision is above the cursor's, and moves it; otherwise it is dropped.
 * - Answers and pages merge record by record and leave the cursor where it is.
 * - A delta lengthens a message that is open; it has no revision and moves nothing else.
 * - A reset throws everything away except the writes that are still under way.
 */

import type { Change } from './changes.js';
import { withElement, withEntry, withoutElement } from './collections.js';
import { dropConversation, merge, putContext, putConversation, putPage } from './records.js';
import {
  EMPTY,
  type Read,
  type ReadKey,
  type Received,
  type State,
  type StateEvent,
  type WriteEvent,
} from './state.js';
import { grow } from './streams.js';
import { isCreation, type Pending } from './writes.js';

export function reduce(state: State, event: StateEvent): State {
  switch (event.type) {
    case 'changed':
    case 'synced':
    case 'reset':
    case 'delta':
    case 'typing':
      return receive(state, event);
    case 'typing-ended':
      return { ...state, typing: withoutElement(state.typing, event.conversationId) };
    case 'read-began':
      return marked(state, event.key, { status: 'loading' });
    case 'read-failed':
      return marked(state, event.key, { status: 'failed', failure: event.failure });
    case 'conversations-read':
      return {
        ...ready(event.rows.reduce(putConversation, state), 'conversations'),
        nextConversations: event.next,
      };
    case 'conversation-read':
      return ready(
        event.row ? putConversation(state, event.row) : dropConversation(state, event.id),
        `conversation/${event.id}`,
      );
    case 'messages-read':
      return readMessages(state, event);
    case 'context-read':
      return ready(event.row ? putContext(state, event.row) : state, `context/${event.conversationId}`);
    case 'write-made':
    case 'write-failed':
    case 'write-repeated':
    case 'write-removed':
    case 'answered':
      return write(state, event);
    case 'cleared':
      return { ...EMPTY, generation: state.generation + 1 };
  }
}

function receive(state: State, event: Received): State {
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
  }
}

function synced(state: State, revision: number, cursor: string): State {
  if (revision < state.revision) return state;
  const origin = state.cursor === undefined ? revision : state.origin;
  return { ...state, revision, cursor, origin };
}

function change(state: State, change: Change, cursor: string): State {
  const { revision } = change.data;
  if (revision <= state.revision) return state;
  return { ...settled(merge(state, change), change), revision, cursor };
}

/** A creation that has come back is no longer pending, whichever way it came. */
function settled(state: State, change: Change): State {
  const isSettled = ({ write }: Pending) => isCreation(write) && write.input.id === change.data.id;
  return state.pending.some(isSettled)
    ? { ...state, pending: state.pending.filter((one) => !isSettled(one)) }
    : state;
}

function readMessages(state: State, page: Extract<StateEvent, { type: 'messages-read' }>): State {
  const { conversationId, rows, next } = page;
  if (state.deleted.has(conversationId)) return state;
  const from = next ? Math.min(...rows.map(({ position }) => position)) : 0;
  const merged = ready(putPage(state, conversationId, rows), `messages/${conversationId}`);
  return { ...merged, loaded: withEntry(state.loaded, conversationId, { from, next }) };
}

function write(state: State, event: WriteEvent): State {
  switch (event.type) {
    case 'write-made':
      return { ...state, pending: [...state.pending, event.pending] };
    case 'write-failed':
      return replaced(state, event.key, (one) => ({ ...one, status: 'failed', failure: event.failure }));
    case 'write-repeated':
      return replaced(state, event.key, ({ key, at }) => ({
        key,
        at,
        write: event.write,
        status: 'sending',
      }));
    case 'write-removed':
      return { ...state, pending: state.pending.filter(({ key }) => key !== event.key) };
    case 'answered':
      return settled(merge(state, event.change), event.change);
  }
}

function replaced(state: State, key: string, change: (one: Pending) => Pending): State {
  return { ...state, pending: state.pending.map((one) => (one.key === key ? change(one) : one)) };
}

function ready(state: State, key: ReadKey): State {
  return marked(state, key, { status: 'ready' });
}

function marked(state: State, key: ReadKey, read: Read): State {
  return { ...state, reads: withEntry(state.reads, key, read) };
}
