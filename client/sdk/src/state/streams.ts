/**
 * Messages that grow while they are written. The text so far is kept beside the rows, so that one more word changes
 * one text and not the list in which it stands.
 */

import type { Message } from '../wire/contract.js';
import type { Delta } from '../wire/events.js';
import { without, withEntry } from './immutable.js';
import { rowAt, type Rows } from './rows.js';
import type { State } from './state.js';

/** What a message says now. */
export function textOf(state: State, message: Message): string {
  return state.streams.get(message.id) ?? message.content;
}

/** Whether a delta begins behind what is held: what is between has to be asked for. */
export function isGap(state: State, { messageId, offset }: Delta): boolean {
  return offset > (state.streams.get(messageId)?.length ?? Infinity);
}

/** Only messages that are held and open grow; another one is read later, as it is then. */
export function grow(state: State, { messageId, offset, text }: Delta): State {
  const held = state.streams.get(messageId);
  if (held === undefined || offset > held.length) return state;
  return { ...state, streams: withEntry(state.streams, messageId, held.slice(0, offset) + text) };
}

/**
 * What a row that came means for the text beside it. A row says what was known when it was read, which may be less
 * than the deltas have brought since: while a message is open its text only grows, so the longer one is right.
 */
export function resume(state: State, { id, conversation_id, content, position }: Message): State {
  const newest = rowAt(state.messages.get(conversation_id) ?? [], position);
  if (newest?.status !== 'streaming') return cease(state, id);
  const held = state.streams.get(id);
  if (held !== undefined && held.length >= content.length) return state;
  return { ...state, streams: withEntry(state.streams, id, content) };
}

/** Forgets the text of a message that is not open any more. */
export function cease(state: State, id: string): State {
  const streams = without(state.streams, id);
  return streams === state.streams ? state : { ...state, streams };
}

/** Forgets the texts of messages that are not held any more. */
export function ceaseAll(state: State, rows: Rows): State {
  return rows.reduce((before, { id }) => cease(before, id), state);
}
