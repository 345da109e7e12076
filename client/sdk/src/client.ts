import { uuidv7 } from 'uuidv7';
import { createConnection, type ConnectionOptions } from './connection.js';
import type { Context, ContextUpdate, Message } from './contract.js';
import { BAD_ANSWER, type Outcome } from './failure.js';
import { createOutbox, type Submitted } from './outbox.js';
import { createReads } from './reads.js';
import type { ReadKey } from './state.js';
import { createStore, type Store } from './store.js';
import { createViews, type Views } from './views.js';
import { isContext, readEvent, type Answer } from './wire.js';

export type ClientOptions = Pick<ConnectionOptions, 'url' | 'userId' | 'getToken'>;

/** One user's history on one device: the state, the socket that keeps it right, and what may be asked of it. */
export interface Client {
  readonly userId: string;
  readonly store: Store;
  readonly views: Views;

  connect(): void;
  /** May be followed by `connect`, which goes on where this left off. */
  close(): void;
  /** Tries to connect now instead of when the pause is over. */
  wake(): void;

  /** Keeps something read and right until the returned function is called. */
  watch(key: ReadKey): () => void;
  /** Reads the next page: older messages, or older conversations. */
  more(key: ReadKey): void;
  /** Reads again what failed. */
  reread(key: ReadKey): void;

  createConversation(title?: string): Submitted & { readonly id: string };
  renameConversation(id: string, title: string | null): Submitted;
  deleteConversation(id: string): Submitted;
  sendMessage(
    conversationId: string,
    content: string,
    role?: Message['role'],
  ): Submitted & { readonly id: string };
  /** Refused as `stale` when the message has changed since `message` was read. */
  editMessage(message: Message, content: string): Submitted;
  deleteMessage(message: Message): Submitted;
  retry(key: string): void;
  discard(key: string): void;
  /** Creates or changes a conversation's context; with `if_revision`, refused as `stale` when it has changed since. */
  saveContext(input: ContextUpdate): Promise<Outcome<Context>>;

  /** Any event of the contract, by its own name. */
  request(event: string, input: object): Promise<Answer>;
}

export function createClient(options: ClientOptions): Client {
  const store = createStore();
  const connection = createConnection({
    ...options,
    getCursor: () => store.getSnapshot().state.cursor,
    onEvent: receive,
    onStatus(status) {
      store.setStatus(status);
      if (status === 'catching-up') outbox.flush();
    },
  });
  const { request } = connection;
  const reads = createReads({ store, request });
  const outbox = createOutbox({ store, request, isConnected: () => connection.isConnected });

  store.subscribe(reads.refresh);

  function receive(event: string, args: readonly unknown[]): void {
    const received = readEvent(event, args);
    if (received) store.dispatch(received);
  }

  function createConversation(title?: string): Submitted & { id: string } {
    const id = uuidv7();
    const input = title === undefined ? { id } : { id, title };
    return { id, ...outbox.submit({ event: 'conversation:create', input }) };
  }

  function sendMessage(conversation_id: string, content: string, role: Message['role'] = 'user') {
    const id = uuidv7();
    return {
      id,
      ...outbox.submit({ event: 'message:create', input: { id, conversation_id, role, content } }),
    };
  }

  function editMessage({ id, conversation_id, revision }: Message, content: string): Submitted {
    // One that has not been confirmed yet has no revision to insist on.
    const input = revision > 0 ? { id, content, if_revision: revision } : { id, content };
    return outbox.submit({ event: 'message:update', input, conversationId: conversation_id });
  }

  async function saveContext(input: ContextUpdate): Promise<Outcome<Context>> {
    const held = store.getSnapshot().state.contexts.get(input.conversation_id);
    const { if_revision, ...creation } = input;
    const answer = held
      ? await request('context:update', input)
      : await request('context:create', { id: uuidv7(), ...creation });
    if (!answer.ok) return answer;
    if (!isContext(answer.data)) return { ok: false, failure: BAD_ANSWER };
    store.dispatch({ type: 'answered', change: { event: 'context:updated', data: answer.data } });
    return { ok: true, data: answer.data };
  }

  return {
    userId: options.userId,
    store,
    views: createViews(),
    connect: () => connection.open(),
    close: () => connection.close(),
    wake: () => connection.wake(),
    watch: (key) => reads.watch(key),
    more: (key) => reads.more(key),
    reread: (key) => reads.retry(key),
    createConversation,
    renameConversation: (id, title) => outbox.submit({ event: 'conversation:update', input: { id, title } }),
    deleteConversation: (id) => outbox.submit({ event: 'conversation:delete', input: { id } }),
    sendMessage,
    editMessage,
    deleteMessage: ({ id, conversation_id }) =>
      outbox.submit({ event: 'message:delete', input: { id }, conversationId: conversation_id }),
    retry: (key) => outbox.retry(key),
    discard: (key) => outbox.discard(key),
    saveContext,
    request,
  };
}
