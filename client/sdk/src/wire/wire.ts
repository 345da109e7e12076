/** From what the socket carries to what the state understands; what is not in the contract is not let in. */

import type { Change } from './changes.js';
import type {
  Context,
  Conversation,
  DeletedContext,
  DeletedConversation,
  DeletedMessage,
  Message,
  Window,
} from './contract.js';
import { BAD_ANSWER, failed, type Failure, type FieldError } from './failure.js';
import type { Reply } from '../outbox/replies.js';
import type { Received } from '../state/state.js';

type Json = Readonly<Record<string, unknown>>;

/** An answer to a request, as it came: `data` is still unknown. */
export type Answer =
  | {
      readonly ok: true;
      readonly data: unknown;
      readonly revision: number | undefined;
      readonly next: unknown;
      /** The answer to come, when a reply was asked for. */
      readonly reply?: Reply;
    }
  | { readonly ok: false; readonly failure: Failure };

/** Reads a pushed event. Undefined for one that does not concern the state, or comes from a later version. */
export function readEvent(event: string, args: readonly unknown[]): Received | undefined {
  const [data, cursor] = args;
  if (event === 'sync:reset') return readReset(data);
  if (event === 'message:delta') return readDelta(data);
  if (event === 'typing') return readTyping(data);
  if (!isText(cursor)) return undefined;
  if (event === 'synced') return readSynced(data, cursor);
  const change = readChange(event, data);
  return change && { type: 'changed', change, cursor };
}

/** Reads one change, pushed or in a page of `sync`. */
export function readChange(event: string, data: unknown): Change | undefined {
  switch (event) {
    case 'conversation:created':
    case 'conversation:updated':
      return isConversation(data) ? { event, data } : undefined;
    case 'message:created':
    case 'message:updated':
      return isMessage(data) ? { event, data } : undefined;
    case 'context:created':
    case 'context:updated':
      return isContext(data) ? { event, data } : undefined;
    case 'conversation:deleted':
      return isRevisioned(data) ? { event, data } : undefined;
    case 'message:deleted':
      return isDeletedMessage(data) ? { event, data } : undefined;
    case 'context:deleted':
      return isOfConversation(data) ? { event, data } : undefined;
    default:
      return undefined;
  }
}

/** Reads an acknowledgement. One that is neither ok nor an error is a failure of its own. */
export function readAnswer(answer: unknown): Answer {
  if (!isJson(answer)) return failed(BAD_ANSWER);
  if (answer['ok'] !== true) return failed(readFailure(answer['error']));
  const revision = isNumber(answer['revision']) ? answer['revision'] : undefined;
  const reply = readReply(answer['reply']);
  return { ok: true, data: answer['data'], revision, next: answer['next'], ...(reply && { reply }) };
}

/** Reads an error, of an acknowledgement or of `application/problem+json`. */
export function readFailure(error: unknown): Failure {
  if (!isJson(error) || !isText(error['code'])) return BAD_ANSWER;
  return {
    code: error['code'],
    detail: isText(error['detail']) ? error['detail'] : error['code'],
    retryable: error['retryable'] === true,
    ...(Array.isArray(error['errors']) && { errors: error['errors'].filter(isFieldError) }),
    ...('current' in error && { current: error['current'] }),
  };
}

/** Reads what an acknowledgement says of the answer that was asked for with it. */
export function readReply(value: unknown): Reply | undefined {
  if (!isJson(value) || !isText(value['message_id'])) return undefined;
  const { message_id, state } = value;
  return state === 'streaming' || state === 'queued' ? { message_id, state } : undefined;
}

export function isConversation(value: unknown): value is Conversation {
  return isRevisioned(value) && isText(value['updated_at']) && 'title' in value;
}

export function isMessage(value: unknown): value is Message {
  return (
    isOfConversation(value) &&
    isText(value['content']) &&
    isText(value['role']) &&
    isNumber(value['position'])
  );
}

export function isContext(value: unknown): value is Context {
  return isOfConversation(value) && 'context_window' in value && 'parameters' in value;
}

export function isWindow(value: unknown): value is Window {
  return (
    isJson(value) &&
    isNumber(value['budget']) &&
    Array.isArray(value['messages']) &&
    Array.isArray(value['dropped'])
  );
}

export function isListOf<T>(value: unknown, isRow: (row: unknown) => row is T): value is T[] {
  return Array.isArray(value) && value.every(isRow);
}

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readSynced(data: unknown, cursor: string): Received | undefined {
  if (!isJson(data) || !isNumber(data['revision'])) return undefined;
  return { type: 'synced', revision: data['revision'], cursor };
}

function readReset(data: unknown): Received | undefined {
  return isJson(data) && isText(data['cursor']) ? { type: 'reset', cursor: data['cursor'] } : undefined;
}

function readDelta(data: unknown): Received | undefined {
  if (!isJson(data)) return undefined;
  const { message_id: messageId, offset, text } = data;
  return isText(messageId) && isNumber(offset) && isText(text)
    ? { type: 'delta', messageId, offset, text }
    : undefined;
}

function readTyping(data: unknown): Received | undefined {
  return isJson(data) && isText(data['conversation_id'])
    ? { type: 'typing', conversationId: data['conversation_id'] }
    : undefined;
}

/** As whatever has a revision, a deleted conversation. */
function isRevisioned(value: unknown): value is Json & DeletedConversation {
  return isJson(value) && isText(value['id']) && isNumber(value['revision']);
}

/** As whatever stands in a conversation, a deleted context. */
function isOfConversation(value: unknown): value is Json & DeletedContext {
  return isRevisioned(value) && isText(value['conversation_id']);
}

function isDeletedMessage(value: unknown): value is DeletedMessage {
  return isOfConversation(value) && isText(value['timestamp']);
}

function isFieldError(value: unknown): value is FieldError {
  return isJson(value) && isText(value['field']) && isText(value['message']);
}

export function isText(value: unknown): value is string {
  return typeof value === 'string';
}

export function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value);
}
