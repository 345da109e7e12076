/**
 * What a browser keeps of one user between visits: the last state with its cursor, and the writes that wait. The tabs
 * of a browser share it, and the law that holds for each of them holds for it: what it keeps is what was there at its
 * revision, so that only what changed since has to be asked for.
 */

import type { KeptRows, Restored, StateEvent } from '../state/events.js';
import type { KeptThread, OutboxStorage } from '../state/kept.js';
import { insert } from '../state/rows.js';
import { COLLECTED, EMPTY, type Loaded, type State } from '../state/state.js';
import { capped } from '../state/threadCap.js';
import type { Pending } from '../state/writes.js';
import type { Conversation, ConversationList, Message } from '../wire/contract.js';
import type { CollectionRows } from '../wire/kinds.js';
import { uuidv7 } from '../wire/uuidv7.js';
import {
  answerTo,
  committed,
  deleteDatabase,
  openDatabase,
  type Database,
  type ObjectStore,
  type Transaction,
} from './database.js';
import { createJournal, type Entries } from './journal.js';

export interface Archive {
  /** What was there at the last visit; undefined at the first. */
  restore(): Promise<Restored | undefined>;
  /** The end of a conversation as it was at `revision`. */
  thread(conversationId: string): Promise<KeptThread | undefined>;
  /** To be called with every event and the state after it. Never throws, never waits. */
  readonly record: (event: StateEvent, state: State) => void;
  /** Writes down now what `record` has gathered. */
  readonly flush: () => Promise<void>;
  readonly outbox: OutboxStorage;
  /** Deletes the history and keeps the writes that nobody could be warned about. */
  forgetHistory(): Promise<void>;
  forget(): Promise<void>;
  close(): void;
}

interface Head {
  /** Raised by resets: tabs that have not heard of one yet must not mix in what they hold. */
  readonly generation: string;
  readonly revision: number;
  readonly cursor: string | undefined;
  readonly origin: number;
  readonly next: ConversationList | undefined;
  readonly touched: ReadonlyMap<string, string>;
}

interface Thread extends Loaded {
  readonly rows: readonly Message[];
}

interface Stores extends CollectionRows {
  head: Head;
  threads: Thread;
  outbox: Pending;
}

const COLLECTIONS = COLLECTED.map(({ collection }) => collection);
const HISTORY = ['head', 'threads', ...COLLECTIONS] as const;
type Writing = Transaction<Stores>;

/** Milliseconds in which changes are gathered to be written together. */
const PAUSE = 300;
/** Conversations whose messages are kept. */
const THREADS = 100;

export function createArchive(name: string): Archive {
  const journal = createJournal();
  let opening: Promise<Database<Stores>> | undefined;
  let generation: string | undefined;
  let flushing: Promise<void> = Promise.resolve();
  let timer: ReturnType<typeof setTimeout> | undefined;

  function open(): Promise<Database<Stores>> {
    // Another tab signs out: nothing may be in its way.
    opening ??= openDatabase<Stores>(name, [...HISTORY, 'outbox'], close);
    return opening;
  }

  async function restore(): Promise<Restored | undefined> {
    const transaction = (await open()).transaction(HISTORY, 'readwrite');
    const head = (await answerTo(transaction.objectStore('head').get('head'))) ?? begin(transaction);
    generation = head.generation;
    if (head.cursor === undefined) return undefined;
    const rows = await readRows(transaction);
    await prune(transaction, rows.conversations);
    await committed(transaction);
    const { revision, cursor, origin, next, touched } = head;
    return { type: 'restored', revision, cursor, origin, next, touched, ...rows };
  }

  async function thread(conversationId: string): Promise<KeptThread | undefined> {
    await flush();
    const transaction = (await open()).transaction(HISTORY);
    const head = await answerTo(transaction.objectStore('head').get('head'));
    const kept = await answerTo(transaction.objectStore('threads').get(conversationId));
    if (!kept || head?.generation !== generation) return undefined;
    return { ...kept, revision: head?.revision ?? 0 };
  }

  function record(event: StateEvent, state: State): void {
    journal.add(event, state);
    if (journal.isEmpty || generation === undefined) return;
    timer ??= setTimeout(() => void flush(), PAUSE);
  }

  /** One at a time, in order; what cannot be written now is written with what comes next. */
  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    flushing = flushing.then(write).catch(() => undefined);
    return flushing;
  }

  async function write(): Promise<void> {
    const entries = journal.take();
    if (!entries || generation === undefined) return;
    const transaction = (await open()).transaction(HISTORY, 'readwrite');
    if (entries.resetTo !== undefined) await restart(transaction, entries.resetTo);
    const head = await answerTo(transaction.objectStore('head').get('head'));
    if (head?.generation !== generation) return;
    // Another tab is ahead: what this one holds may be older than what is kept.
    if (head.revision > entries.state.revision) {
      journal.putBack(entries);
      return;
    }
    await writeEntries(transaction, entries);
    transaction.objectStore('head').put(headOf(entries.state, generation), 'head');
    await committed(transaction);
  }

  /** The same reset reaches every tab: the first begins anew, the others join it. */
  async function restart(transaction: Writing, cursor: string): Promise<void> {
    const head = await answerTo(transaction.objectStore('head').get('head'));
    generation = cursor;
    if (head?.generation === cursor) return;
    for (const store of HISTORY) transaction.objectStore(store).clear();
    begin(transaction, cursor);
  }

  async function forgetHistory(): Promise<void> {
    journal.take();
    generation = undefined;
    const transaction = (await open()).transaction(HISTORY, 'readwrite');
    for (const store of HISTORY) transaction.objectStore(store).clear();
    await committed(transaction);
  }

  async function forget(): Promise<void> {
    generation = undefined;
    close();
    await flushing;
    await deleteDatabase(name);
  }

  function close(): void {
    clearTimeout(timer);
    timer = undefined;
    const closing = opening;
    opening = undefined;
    void closing?.then((database) => database.close()).catch(() => undefined);
  }

  /** A full disk or a private window keeps nothing; what is written is sent all the same. */
  function attempt(step: (writes: ObjectStore<Pending>) => IDBRequest): void {
    writes('readwrite')
      .then(step)
      .catch(() => undefined);
  }

  async function writes(mode?: IDBTransactionMode): Promise<ObjectStore<Pending>> {
    return (await open()).transaction(['outbox'], mode).objectStore('outbox');
  }

  const outbox: OutboxStorage = {
    load: async () => answerTo((await writes()).getAll()),
    put: (one) => attempt((store) => store.put(one, one.key)),
    remove: (key) => attempt((store) => store.delete(key)),
  };

  return { restore, thread, record, flush, outbox, forgetHistory, forget, close };
}

function begin(transaction: Writing, generation = uuidv7()): Head {
  const head = headOf(EMPTY, generation);
  transaction.objectStore('head').put(head, 'head');
  return head;
}

function headOf(state: State, generation: string): Head {
  const { revision, cursor, origin, touched, nextConversations: next } = state;
  return { generation, revision, cursor, origin, touched, next };
}

async function readRows(transaction: Writing): Promise<KeptRows> {
  const rows: Partial<Record<keyof KeptRows, unknown[]>> = {};
  for (const name of COLLECTIONS) rows[name] = await answerTo(transaction.objectStore(name).getAll());
  return rows as KeptRows;
}

async function writeEntries(transaction: Writing, { state, rows, threads }: Entries): Promise<void> {
  for (const row of rows) await writeRow(transaction, state, row);
  for (const [id, changed] of threads) await writeThread(transaction, state, id, changed);
}

async function writeRow(transaction: Writing, state: State, name: string): Promise<void> {
  const at = name.indexOf('/');
  const [collection, key] = [name.slice(0, at) as keyof KeptRows, name.slice(at + 1)];
  const store = transaction.objectStore(collection);
  const row = state[collection].get(key);
  if (row) store.put(row, key);
  else if (collection !== 'conversations' || state.deleted.has(key)) store.delete(key);
  else await raise(transaction, key, state.touched.get(key));
}

/** Another tab has kept a conversation that this one does not hold, and this one has heard of a message in it. */
async function raise(transaction: Writing, id: string, time: string | undefined): Promise<void> {
  const conversations = transaction.objectStore('conversations');
  const row = await answerTo(conversations.get(id));
  if (row && time !== undefined && time > row.updated_at) conversations.put({ ...row, updated_at: time }, id);
}

/** What is kept and what is held are both ends of one conversation: together they reach as far back as the longer. */
async function writeThread(transaction: Writing, state: State, id: string, changed: readonly Message[]) {
  const threads = transaction.objectStore('threads');
  if (state.deleted.has(id)) return threads.delete(id);
  const kept = await answerTo(threads.get(id));
  const loaded = state.loaded.get(id);
  // What is kept is the end: rows whose end was let go do not join it.
  const held = loaded?.newer ? undefined : loaded;
  const base = kept && (!held || kept.from < held.from) ? kept : held;
  if (!base) return undefined;
  const { from, next } = base;
  const holding = insert(kept?.rows ?? [], (held && state.messages.get(id)) ?? []);
  const rows = changed
    .reduce((before, row) => insert(before, [row]), holding)
    .filter((row) => row.position >= from && !state.deleted.has(row.id));
  return threads.put(capped(id, { rows, from, next }), id);
}

/** Keeps the messages of the conversations in use. */
async function prune(transaction: Writing, conversations: readonly Conversation[]): Promise<void> {
  const threads = transaction.objectStore('threads');
  const ids = await answerTo(threads.getAllKeys());
  if (ids.length <= THREADS) return;
  const times = new Map(conversations.map(({ id, updated_at }) => [id, updated_at]));
  const latest = ids.sort((one, other) => ((times.get(one) ?? '') < (times.get(other) ?? '') ? 1 : -1));
  for (const id of latest.slice(THREADS)) threads.delete(id);
}
