/** What an answer to a write means for the record it wrote. */

import type { Change } from './changes.js';
import type { Failure } from './failure.js';
import type { State } from './state.js';
import { isConversation, isMessage, readChange, type Answer } from './wire.js';
import type { Write } from './writes.js';

/** The change that an acknowledged write made, as its own event tells it. */
export function changeOf(write: Write, answer: Extract<Answer, { ok: true }>): Change | undefined {
  const revision = answer.revision ?? 0;
  switch (write.event) {
    case 'conversation:create':
    case 'conversation:update':
      return readChange('conversation:updated', answer.data);
    case 'message:create':
    case 'message:update':
      return readChange('message:updated', answer.data);
    case 'conversation:delete':
      return { event: 'conversation:deleted', data: { id: write.input.id, revision } };
    case 'message:delete':
      return readChange('message:deleted', answer.data) ?? deletedMessage(write, revision);
  }
}

/**
 * Some refusals say that what was wanted is so already: to change or delete what is gone, or, when an
 * acknowledgement was lost and the write repeated, a `stale` update whose words stand there already.
 */
export function changeDespite(write: Write, failure: Failure): Change | undefined {
  const isGone = failure.code === 'not_found' || failure.code === 'deleted';
  const { current } = failure;
  switch (write.event) {
    case 'conversation:update':
      if (isGone) return { event: 'conversation:deleted', data: { id: write.input.id, revision: 0 } };
      return isConversation(current) && current.title === write.input.title
        ? { event: 'conversation:updated', data: current }
        : undefined;
    case 'message:update':
      if (isGone) return deletedMessage(write, 0);
      return isMessage(current) && current.content === write.input.content
        ? { event: 'message:updated', data: current }
        : undefined;
    case 'conversation:delete':
      return isGone
        ? { event: 'conversation:deleted', data: { id: write.input.id, revision: 0 } }
        : undefined;
    case 'message:delete':
      return isGone ? deletedMessage(write, 0) : undefined;
    case 'conversation:create':
    case 'message:create':
      return undefined;
  }
}

/** Its time is left out: the pushed change brings it. */
function deletedMessage(write: Extract<Write, { conversationId: string }>, revision: number): Change {
  const { conversationId, input } = write;
  return {
    event: 'message:deleted',
    data: { id: input.id, conversation_id: conversationId, timestamp: '', revision },
  };
}

/** The change that brought what a creation made, when it came by itself. */
export function heldChange(state: State, write: Write): Change | undefined {
  const { id } = write.input;
  if (write.event === 'conversation:create') {
    const data = state.conversations.get(id);
    return data && { event: 'conversation:created', data };
  }
  if (write.event !== 'message:create') return undefined;
  const data = state.messages.get(write.input.conversation_id)?.find((row) => row.id === id);
  return data && { event: 'message:created', data };
}
