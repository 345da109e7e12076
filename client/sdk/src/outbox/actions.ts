import type { Store } from '../state/store.js';
import type { Views } from '../state/views.js';
import type { ContextUpdate, Message, MessageCreate } from '../wire/contract.js';
import type { OnBusy } from '../wire/reply.js';
import { uuidv7 } from '../wire/uuidv7.js';
import type { Outbox, Submitted } from './outbox.js';

/** How a message is written; by itself as the user's, and without an answer. */
export interface SendOptions {
  readonly role?: Message['role'];
  readonly metadata?: MessageCreate['metadata'];
  /** Asks the server's producer for an answer. */
  readonly reply?: boolean;
  readonly onBusy?: OnBusy;
}

/** How something is deleted; by itself at once. */
export interface DeleteOptions {
  /** Milliseconds for which it can be undone, by discarding it: hidden at once on this browser, sent after that. */
  readonly undoFor?: number;
}

/** What may be written. All of it shows at once, waits where there is no connection, and is sent in order. */
export interface Actions {
  createConversation(title?: string): Submitted & { readonly id: string };
  renameConversation(id: string, title: string | null): Submitted;
  deleteConversation(id: string, options?: DeleteOptions): Submitted;
  sendMessage(
    conversationId: string,
    content: string,
    options?: SendOptions,
  ): Submitted & { readonly id: string };
  /** Refused as `stale` when the message has changed since `message` was read. */
  editMessage(message: Message, content: string): Submitted;
  deleteMessage(message: Message, options?: DeleteOptions): Submitted;
  /** Creates or changes a conversation's context; with `if_revision`, refused as `stale` when it has changed since. */
  saveContext(input: ContextUpdate): Submitted;
}

interface ActionsOptions {
  readonly store: Store;
  readonly views: Views;
  readonly outbox: Outbox;
}

/** Each action submits one write. */
export function createActions({ store, views, outbox: { submit } }: ActionsOptions): Actions {
  return {
    createConversation(title) {
      const id = uuidv7();
      const input = title === undefined ? { id } : { id, title };
      return { id, ...submit({ event: 'conversation:create', input }) };
    },
    renameConversation: (id, title) => submit({ event: 'conversation:update', input: { id, title } }),
    deleteConversation: (id, { undoFor } = {}) =>
      submit({ event: 'conversation:delete', input: { id } }, undoFor),
    sendMessage(conversation_id, content, { role = 'user', metadata, reply, onBusy } = {}) {
      const id = uuidv7();
      const extras = {
        ...(metadata && { metadata }),
        ...(reply && { reply }),
        ...(onBusy && { on_busy: onBusy }),
      };
      const input = { id, conversation_id, role, content, ...extras };
      return { id, ...submit({ event: 'message:create', input }) };
    },
    editMessage({ id, conversation_id: conversationId, revision }, content) {
      // One that has not been confirmed yet has no revision to insist on.
      const input = revision > 0 ? { id, content, if_revision: revision } : { id, content };
      return submit({ event: 'message:update', input, conversationId });
    },
    deleteMessage: ({ id, conversation_id: conversationId }, { undoFor } = {}) =>
      submit({ event: 'message:delete', input: { id }, conversationId }, undoFor),
    saveContext({ if_revision, ...input }) {
      const isThere = views.context(store.getSnapshot().state, input.conversation_id) !== undefined;
      if (!isThere) return submit({ event: 'context:create', input: { id: uuidv7(), ...input } });
      // One that has not been confirmed yet has no revision to insist on.
      return submit({
        event: 'context:update',
        input: if_revision ? { ...input, if_revision } : input,
      });
    },
  };
}
