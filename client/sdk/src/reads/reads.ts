import type { Recall } from '../state/kept.js';
import type { Loaded, ReadKey, State } from '../state/state.js';
import type { Store } from '../state/store.js';
import { isToCome } from '../state/writes.js';
import type { Request } from '../wire/answers.js';
import type { Message } from '../wire/contract.js';
import { idOf, isOf, nextOf, questionOf, readingOf } from './questions.js';
import { showKept } from './recall.js';

/**
 * Reading what the state does not hold yet. What is watched is read as soon as there is a live connection, and again
 * after a reset; from then on the pushed changes keep it right.
 */
export interface Reads {
  readonly watch: (key: ReadKey) => () => void;
  /** Reads whatever is watched or was touched and is not held: to be called after every change. */
  readonly refresh: () => void;
  /** The page after what is held, if there is one and none is under way. */
  readonly more: (key: ReadKey, options?: MoreOptions) => void;
  /** Goes back to the newest messages of a conversation whose end was let go. */
  readonly latest: (conversationId: string) => void;
  /** Tries a failed reading again. */
  readonly retry: (key: ReadKey) => void;
}

/** Which side of a conversation to go on at; by itself the older one. */
export type Side = 'older' | 'newer';

/** How to go on in a conversation. */
export interface MoreOptions {
  readonly side?: Side;
  /** How many messages to hold at most before the page comes: what is farthest from that side is let go. */
  readonly keep?: number;
}

interface ReadsOptions {
  readonly store: Store;
  readonly request: Request;
  /** Called for each message that a page, or what was kept, shows being written. */
  readonly onOpenMessage: (id: string) => Promise<void>;
  /** The end of a conversation as it was kept from an earlier visit. */
  readonly recall?: Recall | undefined;
}

/** Touched conversations fetched at a time. */
const FETCHES = 4;

/** Asks for nothing before something is watched and the connection is live. */
export function createReads({ store, request, onOpenMessage, recall }: ReadsOptions): Reads {
  const watched = new Map<ReadKey, number>();
  /** Conversations whose kept end was looked for, each under the generation in which it was. */
  const recalled = new Set<string>();

  function watch(key: ReadKey): () => void {
    watched.set(key, (watched.get(key) ?? 0) + 1);
    // In a turn of its own: watching begins while a view is being put up, which is no moment to change it.
    queueMicrotask(refresh);
    return () => {
      const left = (watched.get(key) ?? 1) - 1;
      if (left > 0) watched.set(key, left);
      else watched.delete(key);
      queueMicrotask(() => release(key));
    };
  }

  /** Unless it is watched again by now, as when a view is taken down to be put up again. */
  function release(key: ReadKey): void {
    if (watched.has(key)) return;
    if (isOf('messages', key)) letGo(idOf(key));
    if (isOf('titles', key)) store.dispatch({ type: 'read-dropped', key });
  }

  /** Where the end is not held nothing stays: it is recalled, or read, when it is watched again. */
  function letGo(conversationId: string): void {
    if (newerOf(store, conversationId)) recalled.delete(nameOf(conversationId));
    store.dispatch({ type: 'released', conversationId });
  }

  function nameOf(conversationId: string): string {
    return `${store.getSnapshot().state.generation} ${conversationId}`;
  }

  function refresh(): void {
    const { state, connection } = store.getSnapshot();
    const isLive = connection.status === 'live';
    for (const key of watched.keys()) {
      if (!isMissing(state, key)) continue;
      const name = nameOf(idOf(key));
      if (recall && isOf('messages', key) && !recalled.has(name)) {
        recalled.add(name);
        // A text is kept as its message was opened: what it has grown to is not.
        void showKept(store, key, recall).then(askOpen);
      } else if (isLive) void read(key);
    }
    if (isLive && watched.has('conversations')) fetchTouched();
  }

  /** A message may come of a conversation so old that no page has shown it: it now belongs on top. */
  function fetchTouched(): void {
    const { touched, reads } = store.getSnapshot().state;
    const keys = [...touched.keys()].slice(0, FETCHES).map((id) => `conversation/${id}` as const);
    for (const key of keys) if (!reads.has(key)) void read(key);
  }

  function more(key: ReadKey, { side = 'older', keep = Infinity }: MoreOptions = {}): void {
    const { state, connection } = store.getSnapshot();
    if (connection.status !== 'live' || state.reads.get(key)?.status === 'loading') return;
    const conversationId = idOf(key);
    if (!(side === 'older' ? nextOf(state, key) : newerOf(store, conversationId))) return;
    // Not together with what comes: a view that keeps its place does so from one end at a time.
    if (isOf('messages', key)) store.dispatch({ type: 'thinned', conversationId, side, keep });
    void read(key, side);
  }

  function latest(id: string): void {
    if (newerOf(store, id)) letGo(id);
  }

  function retry(key: ReadKey): void {
    const { state, connection } = store.getSnapshot();
    if (connection.status === 'live' && state.reads.get(key)?.status === 'failed') void read(key);
  }

  async function read(key: ReadKey, side: Side = 'older'): Promise<void> {
    const before = store.getSnapshot().state;
    const held = heldOf(before, key);
    const newer = side === 'newer' ? held?.newer : undefined;
    const asking = request(...questionOf(before, key, newer));
    store.dispatch({ type: 'read-began', key });
    const answer = await asking;
    const { state } = store.getSnapshot();
    // A page is for what was held when it was asked for.
    if (state.generation !== before.generation || (held && held !== heldOf(state, key))) return;
    const reading = readingOf(key, answer);
    store.dispatch({ ...reading, ...(newer && { isNewer: true }) });
    if (reading.type === 'messages-read') askOpen(reading.rows);
  }

  function askOpen(rows: readonly Message[]): void {
    for (const { id, status } of rows) if (status === 'streaming') void onOpenMessage(id);
  }

  return { watch, refresh, more, latest, retry };
}

/** Not held, and neither asked for nor refused. What was cut off by the connection is asked again. */
function isMissing(state: State, key: ReadKey): boolean {
  const id = idOf(key);
  const reading = state.reads.get(key);
  if (reading && reading.failure?.code !== 'disconnected') return false;
  if (state.deleted.has(id) || isToCome(state.pending, id)) return false;
  if (isOf('messages', key)) return !state.loaded.has(id) || reading !== undefined;
  return !isOf('conversation', key) || !state.conversations.has(id);
}

function heldOf(state: State, key: ReadKey): Loaded | undefined {
  return isOf('messages', key) ? state.loaded.get(idOf(key)) : undefined;
}

function newerOf(store: Store, conversationId: string): Loaded['newer'] {
  return store.getSnapshot().state.loaded.get(conversationId)?.newer;
}
