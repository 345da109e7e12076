/** What an answer to a write means for the record it wrote. */

import type { State } from '../state/state.js';
import { isCreation, isDeletion, isOfContext, type Write } from '../state/writes.js';
import type { Answer } from '../wire/answers.js';
import type { Change } from '../wire/changes.js';
import { readChange } from '../wire/changes.js';
import type { Failure } from '../wire/failure.js';
import { isJson } from '../wire/json.js';

/** The change that an acknowledged write made, as its own event tells it. */
export function changeOf(write: Write, answer: Extract<Answer, { ok: true }>): Change | undefined {
  const told = readChange(eventOf(write), answer.data);
  return told ?? (isDeletion(write) ? deletionOf(write, answer.revision ?? 0) : undefined);
}

/**
 * Some refusals say that what was wanted is so already: to change or delete what is gone, or, when an
 * acknowledgement was lost and the write repeated, a `stale` update whose words stand there already.
 */
export function changeDespite(write: Write, { code, current }: Failure): Change | undefined {
  if (code === 'not_found' || code === 'deleted') return deletionOf(write, 0);
  if (isCreation(write) || !isJson(current)) return undefined;
  const isSo = ([name, value]: [string, unknown]) => name === 'if_revision' || sameJson(current[name], value);
  return Object.entries(write.input).every(isSo) ? readChange(eventOf(write), current) : undefined;
}

/** The name of the event that tells of a write: `message:created` of `message:create`. */
function eventOf({ event }: Write): Change['event'] | 'context:updated' {
  return `${event}d`;
}

/** Whoever deleted what is written to; nothing for what may yet be created. The time is left out: its event brings it. */
function deletionOf(write: Write, revision: number): Change | undefined {
  if (isCreation(write) || isOfContext(write)) return undefined;
  const { id } = write.input;
  if (!('conversationId' in write)) return { event: 'conversation:deleted', data: { id, revision } };
  const data = { id, conversation_id: write.conversationId, timestamp: '', revision };
  return { event: 'message:deleted', data };
}

/** The change that brought what a creation made, when it came by itself. */
export function heldChange(state: State, write: Write): Change | undefined {
  return readChange(eventOf(write), heldBy(state, write));
}

function heldBy(state: State, write: Write): unknown {
  const { input } = write;
  if (write.event === 'conversation:create') return state.conversations.get(write.input.id);
  if (!('conversation_id' in input && 'id' in input)) return undefined;
  const rows = [
    ...(state.messages.get(input.conversation_id) ?? []),
    state.contexts.get(input.conversation_id),
  ];
  return rows.find((row) => row?.id === input.id);
}

/** Whether two values are the same JSON; the order of keys says nothing. */
function sameJson(one: unknown, other: unknown): boolean {
  return JSON.stringify(one, inOrder) === JSON.stringify(other, inOrder);
}

function inOrder(_: string, value: unknown): unknown {
  return isJson(value) ? Object.fromEntries(Object.entries(value).sort()) : value;
}
