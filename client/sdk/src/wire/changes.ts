import type {
  Context,
  Conversation,
  DeletedContext,
  DeletedConversation,
  DeletedMessage,
  Message,
} from './contract.js';
import {
  isContext,
  isConversation,
  isDeletedMessage,
  isMessage,
  isOfConversation,
  isRevisioned,
} from './records.js';

/** What happened to one record, as every device of the user is told. `…:created` and `…:updated` are upserts alike. */
export type Change =
  | { readonly event: 'conversation:created' | 'conversation:updated'; readonly data: Conversation }
  | { readonly event: 'message:created' | 'message:updated'; readonly data: Message }
  | { readonly event: 'context:created' | 'context:updated'; readonly data: Context }
  | { readonly event: 'conversation:deleted'; readonly data: DeletedConversation }
  | { readonly event: 'message:deleted'; readonly data: DeletedMessage }
  | { readonly event: 'context:deleted'; readonly data: DeletedContext };

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
