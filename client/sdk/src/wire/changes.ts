import type {
  Context,
  Conversation,
  DeletedContext,
  DeletedConversation,
  DeletedMessage,
  Message,
} from './contract.js';

/** What happened to one record, as every device of the user is told. `…:created` and `…:updated` are upserts alike. */
export type Change =
  | { readonly event: 'conversation:created' | 'conversation:updated'; readonly data: Conversation }
  | { readonly event: 'message:created' | 'message:updated'; readonly data: Message }
  | { readonly event: 'context:created' | 'context:updated'; readonly data: Context }
  | { readonly event: 'conversation:deleted'; readonly data: DeletedConversation }
  | { readonly event: 'message:deleted'; readonly data: DeletedMessage }
  | { readonly event: 'context:deleted'; readonly data: DeletedContext };
