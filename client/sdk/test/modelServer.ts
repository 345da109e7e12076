import type { Change } from '../src/wire/changes.js';
import type { Context, Conversation, Message } from '../src/wire/contract.js';
import type { Delta } from '../src/wire/events.js';

export interface Page<T> {
  readonly rows: readonly T[];
  readonly next: number | undefined;
}

/**
 * The server's promises in as few lines as they take: one number per user, rows at their last revision, tombstones,
 * pages by key. Everything a device may ever be sent is made here.
 */
export class ModelServer {
  revision = 0;
  readonly conversations = new Map<string, Conversation>();
  readonly messages = new Map<string, Message>();
  readonly contexts = new Map<string, Context>();
  private readonly tombstones: Change[] = [];

  createConversation(id = `c${this.revision + 1}`): Change {
    const revision = ++this.revision;
    const times = { created_at: time(revision), updated_at: time(revision) };
    const data = { id, user_id: 'u', title: null, metadata: {}, ...times, position: revision, revision };
    this.conversations.set(id, data);
    return { event: 'conversation:created', data };
  }

  renameConversation(row: Conversation, title: string): Change {
    const revision = ++this.revision;
    const data = { ...row, title, revision, updated_at: time(revision) };
    this.conversations.set(row.id, data);
    return { event: 'conversation:updated', data };
  }

  deleteConversation({ id }: Conversation): Change {
    const revision = ++this.revision;
    this.conversations.delete(id);
    for (const rows of [this.messages, this.contexts]) {
      for (const row of [...rows.values()]) if (row.conversation_id === id) rows.delete(row.id);
    }
    return this.bury({ event: 'conversation:deleted', data: { id, revision } });
  }

  createMessage(conversation: Conversation, id = `m${this.revision + 1}`, content = 'said'): Change {
    const revision = ++this.revision;
    const data: Message = {
      ...{ id, conversation_id: conversation.id, role: 'user', content, status: 'complete', metadata: {} },
      ...{ token_count: null, timestamp: time(revision), edited_at: null, position: revision, revision },
    };
    this.messages.set(id, data);
    this.conversations.set(conversation.id, { ...this.held(conversation.id), updated_at: data.timestamp });
    return { event: 'message:created', data };
  }

  openMessage(conversation: Conversation, id = `m${this.revision + 1}`): Change {
    this.createMessage(conversation, id, '');
    const data: Message = { ...this.message(id), role: 'assistant', status: 'streaming' };
    this.messages.set(id, data);
    return { event: 'message:created', data };
  }

  /** Adds to an open message: no revision, and the delta that tells of it. */
  append(id: string, text: string): Delta {
    const row = this.message(id);
    this.messages.set(id, { ...row, content: row.content + text });
    return { type: 'delta', messageId: id, offset: row.content.length, text };
  }

  closeMessage(id: string, status: Message['status'] = 'complete'): Change {
    const data = { ...this.message(id), status, revision: ++this.revision };
    this.messages.set(id, data);
    return { event: 'message:updated', data };
  }

  editMessage(row: Message, content: string): Change {
    const revision = ++this.revision;
    const data = { ...row, content, edited_at: time(revision), revision };
    this.messages.set(row.id, data);
    return { event: 'message:updated', data };
  }

  deleteMessage({ id, conversation_id, timestamp }: Message): Change {
    this.messages.delete(id);
    const revision = ++this.revision;
    return this.bury({ event: 'message:deleted', data: { id, conversation_id, timestamp, revision } });
  }

  putContext(conversation: Conversation, temperature: number, id?: string): Change {
    const revision = ++this.revision;
    const held = this.contextOf(conversation.id);
    const made = { id: id ?? `x${revision}`, conversation_id: conversation.id, position: revision };
    const data = { ...(held ?? made), context_window: null, parameters: { temperature }, revision };
    this.contexts.set(data.id, data);
    return { event: held ? 'context:updated' : 'context:created', data };
  }

  deleteContext({ id, conversation_id }: Context): Change {
    this.contexts.delete(id);
    return this.bury({ event: 'context:deleted', data: { id, conversation_id, revision: ++this.revision } });
  }

  /** What a device is sent that comes back with this revision: each row once, as it is now. */
  changesSince(revision: number): Change[] {
    const changes: Change[] = [
      ...[...this.conversations.values()].map((data) => ({ event: 'conversation:updated' as const, data })),
      ...[...this.messages.values()].map((data) => ({ event: 'message:updated' as const, data })),
      ...[...this.contexts.values()].map((data) => ({ event: 'context:updated' as const, data })),
      ...this.tombstones,
    ];
    return changes
      .filter(({ data }) => data.revision > revision)
      .sort((one, other) => one.data.revision - other.data.revision);
  }

  messagesOf(conversationId: string): Message[] {
    return [...this.messages.values()]
      .filter((row) => row.conversation_id === conversationId)
      .sort((one, other) => one.position - other.position);
  }

  contextOf(conversationId: string): Context | undefined {
    return [...this.contexts.values()].find((row) => row.conversation_id === conversationId);
  }

  pageOfMessages(conversationId: string, before: number | undefined, limit: number): Page<Message> {
    const rows = this.messagesOf(conversationId).filter(({ position }) => position < (before ?? Infinity));
    const page = rows.slice(-limit);
    return { rows: page, next: rows.length > limit ? page[0]?.position : undefined };
  }

  private held(id: string): Conversation {
    const row = this.conversations.get(id);
    if (!row) throw new Error(`There is no conversation ${id}.`);
    return row;
  }

  private message(id: string): Message {
    const row = this.messages.get(id);
    if (!row) throw new Error(`There is no message ${id}.`);
    return row;
  }

  private bury(change: Change): Change {
    this.tombstones.push(change);
    return change;
  }
}

export function cursorOf(revision: number): string {
  return `epoch.${revision}`;
}

function time(revision: number): string {
  return new Date(Date.UTC(2026, 0, 1) + revision).toISOString();
}
