/** How the contract's records and tombstones are recognised: by what this SDK reads of them, so that fields may be added. */

import type {
  Context,
  Conversation,
  DeletedContext,
  DeletedConversation,
  DeletedMessage,
  Message,
} from './contract.js';
import { isJson, isNumber, isText, type Json } from './json.js';

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

/** As whatever has a revision, a deleted conversation. */
export function isRevisioned(value: unknown): value is Json & DeletedConversation {
  return isJson(value) && isText(value['id']) && isNumber(value['revision']);
}

/** As whatever stands in a conversation, a deleted context. */
export function isOfConversation(value: unknown): value is Json & DeletedContext {
  return isRevisioned(value) && isText(value['conversation_id']);
}

export function isDeletedMessage(value: unknown): value is DeletedMessage {
  return isOfConversation(value) && isText(value['timestamp']);
}
