import type { StateEvent } from '../state/events.js';
import type { Recall } from '../state/kept.js';
import type { Loaded, ReadKey, State } from '../state/state.js';
import type { Store } from '../state/store.js';
import { isToCome } from '../state/writes.js';
import type { Answer, Request } from '../wire/answers.js';
import type { ConversationList, Message, MessageList } from '../wire/contract.js';
import { BAD_ANSWER, type Failure } from '../wire/failure.js';
import { isJson, isListOf, isNumber, isText } from '../wire/json.js';
import { isContext, isConversation, isMessage } from '../wire/kinds.js';

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

export const CONVERSATIONS_PAGE = 50;
export const MESSAGES_PAGE = 50;
/** Conversations that a search gives: whoever gets so many has more words to say. */
const FOUND = 200;
/** Touched conversations fetched at a time. */
const FETCHES = 4;

export function createReads({ store, request, onOpenMessage, recall }: ReadsOptions): Reads {
  const watched = new Map<ReadKey, number>();
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

  /** Unless somebody else looks at it by now, as when a view is taken down to be put up again. */
  function release(key: ReadKey): void {
    if (watched.has(key)) return;
    if (key.startsWith('messages/')) letGo(idOf(key));
    if (key.startsWith('titles/')) store.dispatch({ type: 'read-dropped', key });
  }

  /** Where the end is not held nothing stays: it is recalled, or read, when somebody looks again. */
  function letGo(conversationId: string): void {
    const { generation, loaded } = store.getSnapshot().state;
    if (loaded.get(conversationId)?.newer) recalled.delete(`${generation} messages/${conversationId}`);
    store.dispatch({ type: 'released', conversationId });
  }

  function refresh(): void {
    const { state, connection } = store.getSnapshot();
    const isLive = connection.status === 'live';
    for (const key of watched.keys()) {
      if (!isMissing(state, key)) continue;
      if (mayRecall(key)) void remember(key);
      else if (isLive) void read(key);
    }
    if (isLive && watched.has('conversations')) fetchTouched();
  }

  /** A message may come of a conversation so old that no page has shown it: it now belongs on top. */
  function fetchTouched(): void {
    const { touched, reads } = store.getSnapshot().state;
    const keys = [...touched.keys()].slice(0, FETCHES).map(conversationKey);
    for (const key of keys) if (!reads.has(key)) void read(key);
  }

  function mayRecall(key: ReadKey): boolean {
    const { generation } = store.getSnapshot().state;
    return recall !== undefined && key.startsWith('messages/') && !recalled.has(`${generation} ${key}`);
  }

  /** What was kept stands for a page, unless more has come since than what was kept. */
  async function remember(key: ReadKey): Promise<void> {
    const { generation, revision } = store.getSnapshot().state;
    recalled.add(`${generation} ${key}`);
    store.dispatch({ type: 'read-began', key });
    const kept = await recall?.(idOf(key)).catch(() => undefined);
    if (store.getSnapshot().state.generation !== generation) return;
    const isCurrent = kept !== undefined && kept.revision >= revision;
    store.dispatch(
      isCurrent
        ? { type: 'messages-read', conversationId: idOf(key), ...kept }
        : { type: 'read-dropped', key },
    );
    // A text is kept as its message was opened: what it has grown to is not.
    if (isCurrent) askOpen(kept.rows);
  }

  function more(key: ReadKey, { side = 'older', keep = Infinity }: MoreOptions = {}): void {
    const { state, connection } = store.getSnapshot();
    if (connection.status !== 'live' || state.reads.get(key)?.status === 'loading') return;
    if (side === 'older' ? !nextOf(store, key) : !newerOf(store, key)) return;
    // Not together with what comes: a view that keeps its place does so from one end at a time.
    if (key.startsWith('messages/'))
      store.dispatch({ type: 'thinned', conversationId: idOf(key), side, keep });
    void read(key, side);
  }

  function latest(id: string): void {
    if (store.getSnapshot().state.loaded.get(id)?.newer) letGo(id);
  }

  function retry(key: ReadKey): void {
    const { state, connection } = store.getSnapshot();
    if (connection.status === 'live' && state.reads.get(key)?.status === 'failed') void read(key);
  }

  async function read(key: ReadKey, side: Side = 'older'): Promise<void> {
    const { generation, loaded } = store.getSnapshot().state;
    const held = key.startsWith('messages/') ? loaded.get(idOf(key)) : undefined;
    const newer = side === 'newer' ? newerOf(store, key) : undefined;
    const question = newer ? { event: 'message:list', input: newer } : questionOf(store, key);
    const asking = request(question.event, question.input);
    store.dispatch({ type: 'read-began', key });
    const answer = await asking;
    const { state } = store.getSnapshot();
    // A page is for what was held when it was asked for.
    if (state.generation !== generation || (held && held !== state.loaded.get(idOf(key)))) return;
    const reading = newer ? newerReading(key, answer) : readingOf(key, answer);
    store.dispatch(reading);
    if (reading.type === 'messages-read' || reading.type === 'newer-read') askOpen(reading.rows);
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
  if (key.startsWith('messages/')) return !state.loaded.has(id) || reading !== undefined;
  return !key.startsWith('conversation/') || !state.conversations.has(id);
}

function questionOf(store: Store, key: ReadKey): { event: string; input: object } {
  const id = idOf(key);
  if (id === '')
    return { event: 'conversation:list', input: nextOf(store, key) ?? { limit: CONVERSATIONS_PAGE } };
  if (key.startsWith('messages/')) {
    const first = { conversation_id: id, limit: MESSAGES_PAGE };
    return { event: 'message:list', input: nextOf(store, key) ?? first };
  }
  if (key.startsWith('titles/')) return { event: 'conversation:list', input: { limit: FOUND, title: id } };
  if (key.startsWith('context/')) return { event: 'context:get', input: { conversation_id: id } };
  return { event: 'conversation:get', input: { id } };
}

function nextOf(store: Store, key: ReadKey): ConversationList | MessageList | undefined {
  const { nextConversations, loaded } = store.getSnapshot().state;
  return key === 'conversations' ? nextConversations : loaded.get(idOf(key))?.next;
}

function newerOf(store: Store, key: ReadKey): Loaded['newer'] {
  return store.getSnapshot().state.loaded.get(idOf(key))?.newer;
}

/** What an answer to the question for newer messages means. */
function newerReading(key: ReadKey, answer: Answer): StateEvent {
  const reading = readingOf(key, answer);
  if (reading.type !== 'messages-read') return reading;
  const { conversationId, rows, next } = reading;
  const after = next?.after;
  return {
    type: 'newer-read',
    conversationId,
    rows,
    next: next && isNumber(after) ? { ...next, after } : undefined,
  };
}

/** What an answer to `questionOf(key)` means. */
function readingOf(key: ReadKey, answer: Answer): StateEvent {
  if (!answer.ok) return absentOr(key, answer.failure);
  const { data } = answer;
  const id = idOf(key);
  if ((key === 'conversations' || key.startsWith('titles/')) && isListOf(data, isConversation)) {
    const next = isJson(answer.next) ? answer.next : undefined;
    return { type: 'conversations-read', words: id, rows: data, next };
  }
  if (key.startsWith('messages/') && isListOf(data, isMessage)) {
    return { type: 'messages-read', conversationId: id, rows: data, next: nextMessages(answer.next) };
  }
  if (key.startsWith('context/') && isContext(data))
    return { type: 'context-read', conversationId: id, row: data };
  if (key.startsWith('conversation/') && isConversation(data))
    return { type: 'conversation-read', id, row: data };
  return { type: 'read-failed', key, failure: BAD_ANSWER };
}

/** That something does not exist is an answer too, except to the question for its parts. */
function absentOr(key: ReadKey, failure: Failure): StateEvent {
  const isAbsent = failure.code === 'not_found' || failure.code === 'deleted';
  if (isAbsent && key.startsWith('context/')) {
    return { type: 'context-read', conversationId: idOf(key), row: undefined };
  }
  // What is no id at all, as in a mistyped address, is the id of nothing.
  const isNowhere = isAbsent || failure.code === 'invalid_input';
  if (isNowhere && key.startsWith('conversation/'))
    return { type: 'conversation-read', id: idOf(key), row: undefined };
  return { type: 'read-failed', key, failure };
}

function nextMessages(next: unknown): MessageList | undefined {
  return isJson(next) && isText(next['conversation_id'])
    ? { ...next, conversation_id: next['conversation_id'] }
    : undefined;
}

function conversationKey(id: string): ReadKey {
  return `conversation/${id}`;
}

function idOf(key: ReadKey): string {
  return key.slice(key.indexOf('/') + 1 || key.length);
}
