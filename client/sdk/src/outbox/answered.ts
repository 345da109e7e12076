/** What an answer to a write means for the record it wrote. */

import type { State } from '../state/state.js';
import { isCreation, isDeletion, isOfContext, type Write } from '../state/writes.js';
import type { Answer } from '../wire/answers.js';
import type { Change } from '../wire/changes.js';
import { readChange } from '../wire/changes.js';
import { isAbsence, type Failure } from '../wire/failure.js';
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
export function changeDespite(write: Write, failure: Failure): Change | undefined {
  if (isAbsence(failure)) return deletionOf(write, 0);
  const { current } = failure;
  if (isCreation(write) || !isJson(current)) return undefined;
  const isSo = ([name, value]: [string, unknown]) => name === 'if_revision' || sameJson(current[name], value);
  return Object.entries(write.input).every(isSo) ? readChange(eventOf(write), current) : undefined;
}

/** The name of the event that tells of a write: `message:created` of `message:create`. */
function eventOf({ event }: Write): Change['event'] | 'context:updated' {
  return `${event}d`;
}

/** The deletion of what is written to; nothing for what may yet be created. The time is left out: its event brings it. */
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

/** The record that a creation made, wherever it is held. */
function heldBy({ conversations, messages, contexts }: State, { input }: Write): unknown {
  const { id, conversation_id = '' } = input as { readonly id: string; readonly conversation_id?: string };
  const rows = [
    ...(messages.get(conversation_id) ?? []),
    conversations.get(id),
    contexts.get(conversation_id),
  ];
  return rows.find((row) => row?.id === id);
}

/** Whether two values are the same JSON; the order of keys says nothing. */
function sameJson(one: unknown, other: unknown): boolean {
  return JSON.stringify(one, inOrder) === JSON.stringify(other, inOrder);
}

function inOrder(_: string, value: unknown): unknown {
  return isJson(value) ? Object.fromEntries(Object.entries(value).sort()) : value;
}
