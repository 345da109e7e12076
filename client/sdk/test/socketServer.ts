import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, type Namespace, type Socket } from 'socket.io';
import type { Change } from '../src/wire/changes.js';
import type { Conversation } from '../src/wire/contract.js';
import type { Delta } from '../src/wire/events.js';
import { cursorOf, ModelServer } from './modelServer.js';

type Fields = Readonly<Record<string, unknown>>;
type Acknowledge = (answer: object) => void;

/** The model server behind the stock Socket.IO server, as a client meets it. */
export class SocketServer {
  readonly model: ModelServer;
  readonly connects: { readonly token: string; readonly since: string | undefined }[] = [];
  readonly asked: { readonly event: string; readonly input: Fields }[] = [];
  /** Tokens that are not let in. */
  readonly refused = new Set<string>();
  private readonly io: Server;
  private readonly http = createServer();
  private readonly namespace: Namespace;

  constructor(model = new ModelServer()) {
    this.model = model;
    this.io = new Server(this.http, { serveClient: false });
    this.namespace = this.io.of('/users/u');
    this.namespace.use((socket, next) => {
      const token = String(socket.handshake.auth['token']);
      const refusal = Object.assign(new Error('No.'), { data: { code: 'unauthorized' } });
      if (this.refused.has(token)) next(refusal);
      else next();
    });
    this.namespace.on('connection', (socket) => this.welcome(socket));
  }

  /** Answers with where it is; `port` 0 is any. */
  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.http.listen(port, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.http.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    await this.io.close();
  }

  /** Cuts every connection, as a network does. */
  drop(): void {
    for (const socket of this.namespace.sockets.values()) socket.conn.close();
  }

  get sockets(): number {
    return this.namespace.sockets.size;
  }

  tell(change: Change): void {
    this.namespace.emit(change.event, change.data, cursorOf(change.data.revision));
  }

  say({ messageId, offset, text }: Delta): void {
    this.namespace.emit('message:delta', { message_id: messageId, offset, text });
  }

  emit(event: string, data: object): void {
    this.namespace.emit(event, data);
  }

  private welcome(socket: Socket): void {
    const { token, since } = socket.handshake.auth as { token: string; since?: string };
    this.connects.push({ token, since });
    for (const change of since === undefined ? [] : this.model.changesSince(revisionOf(since)))
      socket.emit(change.event, change.data, cursorOf(change.data.revision));
    for (const { id, status, content } of this.model.messages.values())
      if (status === 'streaming') socket.emit('message:delta', { message_id: id, offset: 0, text: content });
    socket.emit('synced', { revision: this.model.revision }, cursorOf(this.model.revision));
    socket.onAny((event: string, input: Fields, acknowledge?: Acknowledge) => {
      this.asked.push({ event, input });
      acknowledge?.(this.answer(event, input));
    });
  }

  private answer(event: string, input: Fields): object {
    const { revision } = this.model;
    const data = event.endsWith(':create') ? this.create(event, input) : this.read(event, input);
    if (data === undefined)
      return { ok: false, error: { code: 'not_found', detail: 'No.', retryable: false } };
    return { ok: true, data, revision: Math.max(revision, this.model.revision) };
  }

  private create(event: string, input: Fields): unknown {
    const id = String(input['id']);
    const { conversations, messages } = this.model;
    if (event === 'conversation:create' && !conversations.has(id))
      this.tell(this.model.createConversation(id));
    if (event === 'conversation:create') return conversations.get(id);
    const conversation = conversations.get(String(input['conversation_id']));
    if (conversation && !messages.has(id)) this.tell(this.speak(conversation, id, input));
    return messages.get(id);
  }

  private speak(conversation: Conversation, id: string, input: Fields): Change {
    return this.model.createMessage(conversation, id, String(input['content']));
  }

  private read(event: string, input: Fields): unknown {
    const { model } = this;
    if (event === 'conversation:list') return [...model.conversations.values()];
    if (event === 'message:list') return model.messagesOf(String(input['conversation_id']));
    if (event === 'message:get') return model.messages.get(String(input['id']));
    if (event === 'session:renew') return {};
    if (event !== 'sync') return undefined;
    const changes = model.changesSince(revisionOf(String(input['since'])));
    const page = changes.map((change) => ({ ...change, revision: change.data.revision }));
    return { changes: page, cursor: cursorOf(model.revision), more: false };
  }
}

function revisionOf(cursor: string): number {
  return Number(cursor.split('.').at(-1));
}
