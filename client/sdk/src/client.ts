import { createMemory } from './archive/memory.js';
import type { ConnectionOptions } from './connection/connection.js';
import { createSharedConnection } from './connection/sharedConnection.js';
import { createTyping } from './connection/typing.js';
import { createActions, type Actions } from './outbox/actions.js';
import { createOutbox } from './outbox/outbox.js';
import { createReplies, type Replies } from './outbox/replies.js';
import { readModels, type Model } from './reads/models.js';
import { createOpenMessages } from './reads/openMessages.js';
import { createReads, type MoreOptions } from './reads/reads.js';
import { readWindow } from './reads/window.js';
import type { ReadKey } from './state/state.js';
import { createStore, type Store } from './state/store.js';
import { createViews, type Views } from './state/views.js';
import { targetOf } from './state/writes.js';
import type { Request } from './wire/answers.js';
import type { Window } from './wire/contract.js';
import { readEvent } from './wire/events.js';
import type { Outcome } from './wire/failure.js';
import { createRest, type Rest } from './wire/rest.js';

/** Which server, whose history, and what is kept between visits. */
export interface ClientOptions extends Pick<ConnectionOptions, 'url' | 'userId' | 'getToken'> {
  /** Whether the history and what waits to be sent are kept in this browser between visits; by itself they are. */
  readonly keeps?: boolean;
}

/** One user's history on one device: the state, the socket that keeps it right, and what may be asked of it. */
export interface Client extends Actions, Replies {
  readonly userId: string;
  readonly store: Store;
  readonly views: Views;

  connect(): void;
  /** May be followed by `connect`, which goes on where this left off. */
  close(): void;
  /** To be called at sign-out: closes, and deletes everything that this browser keeps of the user, unsent writes too. */
  forget(): Promise<void>;
  /** Tries to connect now instead of when the pause is over. */
  wake(): void;

  /** Keeps something read and right until the returned function is called. */
  watch(key: ReadKey): () => void;
  /**
   * Reads the next page: older messages, or older conversations. With `keep`, a conversation is held in part: what is
   * far from where one reads is let go, and read again, with `side: 'newer'`, on the way back.
   */
  more(key: ReadKey, options?: MoreOptions): void;
  /** Goes back to the newest messages of a conversation whose end was let go. */
  latest(conversationId: string): void;
  /** Reads again what failed. */
  reread(key: ReadKey): void;

  retry(key: string): void;
  /** Undoes a write that failed, or that is still held back. */
  discard(key: string): void;
  /** Sends at once what this tab holds back to be undone; happens by itself when the page goes. */
  release(): void;
  /** What of a conversation a model would be given now. */
  readWindow(conversationId: string): Promise<Outcome<Window>>;
  /** What `parameters.model` of a context may be. */
  models(): Promise<Outcome<Model[]>>;
  /** To be called as one types: the other devices are told, though not at every key. */
  typing(conversationId: string): void;

  /** Any event of the contract, by its own name. */
  readonly request: Request;
}

/** Puts a client together. Nothing is read or sent before `connect`. */
export function createClient(options: ClientOptions): Client {
  const memory = createMemory(options);
  const store = createStore(memory.record);
  let isWanted = false;
  const connection = createSharedConnection({
    ...options,
    getPosition() {
      const { revision, cursor } = store.getSnapshot().state;
      return { revision, cursor };
    },
    onWrite: (event) => outbox.hear(event),
    onLead: () => void outbox.restore(),
    onEvent: receive,
    onStatus(status) {
      store.setStatus(status);
      if (status === 'catching-up') outbox.flush();
      // The tab that has the socket is sent the texts that grow; the others hear only what is added.
      if (status === 'live' && !connection.isLeader) open.askAll();
      if (status === 'signed-out') void memory.forgetHistory();
    },
  });
  const { request } = connection;
  const views = createViews();
  const rest = createRest(options.url);
  const call: Rest = async (one) => rest({ ...one, token: await options.getToken() });
  const open = createOpenMessages({ store, request });
  const typing = createTyping({ store, emit: connection.emit });
  const reads = createReads({ store, request, onOpenMessage: open.ask, recall: memory.thread });
  const outbox = createOutbox({
    store,
    request,
    maySend: () => connection.isLeader && connection.isConnected,
    share: (event) => connection.share(event),
    storage: memory.outbox,
  });

  store.subscribe(reads.refresh);
  if (typeof window !== 'undefined') window.addEventListener('pagehide', depart);

  function receive(event: string, args: readonly unknown[]): void {
    const received = readEvent(event, args);
    if (received?.type === 'delta') open.receive(received);
    else if (received?.type === 'typing') typing.hear(received.conversationId);
    else if (received) store.dispatch(received);
  }

  /** What the socket should still send may go down with the page: a call that outlives it says it too. */
  function depart(): void {
    for (const { write } of outbox.release()) {
      const path = `/${write.event.replace(/:.*/, 's')}/${targetOf(write)}`;
      void call({ method: 'DELETE', path }).catch(() => undefined);
    }
  }

  /** What was kept shows first, and says from where to go on. */
  function connect(): void {
    isWanted = true;
    void memory.restoreInto(store, outbox).then(() => isWanted && connection.open());
  }

  function close(): void {
    isWanted = false;
    outbox.release();
    connection.close();
    store.setStatus('connecting');
    void memory.flush();
  }

  async function forget(): Promise<void> {
    close();
    store.dispatch({ type: 'cleared' });
    await memory.forget();
  }

  return {
    userId: options.userId,
    store,
    views,
    connect,
    close,
    forget,
    wake: connection.wake,
    watch: reads.watch,
    more: reads.more,
    latest: reads.latest,
    reread: reads.retry,
    ...createActions({ store, views, outbox }),
    retry: outbox.retry,
    discard: outbox.discard,
    release: () => void outbox.release(),
    readWindow: (id) => readWindow(request, id),
    ...createReplies({ store, request }),
    models: () => readModels(call),
    typing: typing.tell,
    request,
  };
}
