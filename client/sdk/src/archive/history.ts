/** The history that an archive keeps of one user, as its object stores hold it, and what is done to them. */

import type { KeptRows } from '../state/events.js';
import type { KeptThread } from '../state/kept.js';
import { keyOf } from '../state/records.js';
import { insert } from '../state/rows.js';
import { COLLECTED, type Loaded, type State } from '../state/state.js';
import { capped } from '../state/threadCap.js';
import type { Pending } from '../state/writes.js';
import { kindOf, type Change } from '../wire/changes.js';
import type { Conversation, ConversationList, Message } from '../wire/contract.js';
import type { Collected, CollectionRows } from '../wire/kinds.js';
import { answerTo, type Transaction } from './database.js';
import type { Entries } from './journal.js';

/** Where the history stands. */
export interface Head {
  /** Raised by resets: tabs that have not heard of one yet must not mix in what they hold. */
  readonly generation: string;
  readonly revision: number;
  readonly cursor: string | undefined;
  readonly origin: number;
  readonly next: ConversationList | undefined;
  readonly touched: ReadonlyMap<string, string>;
}

/** The end of a conversation. */
interface Thread extends Loaded {
  readonly rows: readonly Message[];
}

/** What each object store holds. */
export interface Stores extends CollectionRows {
  head: Head;
  threads: Thread;
  outbox: Pending;
}

const COLLECTIONS = COLLECTED.map(({ collection }) => collection);
/** The stores that are of one history, and void with it. */
export const HISTORY = ['head', 'threads', ...COLLECTIONS] as const;
/** A transaction over the history. */
export type Writing = Transaction<Stores>;

/** Conversations whose messages are kept. */
const THREADS = 100;

/** Reads where the kept history stands; undefined before there is one. */
export function readHead(transaction: Writing): Promise<Head | undefined> {
  return answerTo(transaction.objectStore('head').get('head'));
}

/** Says where the history stands that is written with the same transaction. */
export function writeHead(transaction: Writing, state: State, generation: string): Head {
  const head = headOf(state, generation);
  transaction.objectStore('head').put(head, 'head');
  return head;
}

/** Deletes all of it. */
export function clear(transaction: Writing): void {
  for (const store of HISTORY) transaction.objectStore(store).clear();
}

function headOf(state: State, generation: string): Head {
  const { revision, cursor, origin, touched, nextConversations: next } = state;
  return { generation, revision, cursor, origin, touched, next };
}

/** The kept end of a conversation, and of which history and revision it is; undefined where none is kept. */
export async function readThread(
  transaction: Writing,
  id: string,
): Promise<(KeptThread & Pick<Head, 'generation'>) | undefined> {
  const head = await readHead(transaction);
  const kept = await answerTo(transaction.objectStore('threads').get(id));
  return head && kept && { ...kept, generation: head.generation, revision: head.revision };
}

/** All rows that are kept of the collections. */
export async function readRows(transaction: Writing): Promise<KeptRows> {
  const rows: Partial<Record<keyof KeptRows, unknown[]>> = {};
  for (const name of COLLECTIONS) rows[name] = await answerTo(transaction.objectStore(name).getAll());
  return rows as KeptRows;
}

/** Brings what is kept from `before` to the state of the entries. */
export async function writeEntries(
  transaction: Writing,
  before: State,
  { state, changes }: Entries,
): Promise<void> {
  for (const name of COLLECTIONS)
    for (const key of rowsOf(name, before, state, changes)) await writeRow(transaction, state, name, key);
  for (const [id, rows] of threadsOf(before, state, changes)) await writeThread(transaction, state, id, rows);
}

/** The keys of what may have changed in a collection: what was read, what changes are about, and what those raise. */
function rowsOf(name: keyof KeptRows, before: State, state: State, changes: readonly Change[]): Set<string> {
  const keys = new Set<string>();
  for (const [key, row] of state[name]) if (before[name].get(key) !== row) keys.add(key);
  for (const { event, data } of changes) {
    const kind = kindOf(event) as Collected;
    // A message raises its conversation; with a deleted one goes all that is under its id.
    if (kind.collection === name) keys.add(keyOf(kind, data));
    else if (event === 'conversation:deleted') keys.add(data.id);
    else if (name === 'conversations' && 'conversation_id' in data) keys.add(data.conversation_id);
  }
  return keys;
}

async function writeRow(
  transaction: Writing,
  state: State,
  name: keyof KeptRows,
  key: string,
): Promise<void> {
  const store = transaction.objectStore(name);
  const row = state[name].get(key);
  if (row) store.put(row, key);
  else if (name !== 'conversations' || state.deleted.has(key)) store.delete(key);
  else await raise(transaction, key, state.touched.get(key));
}

/** The conversations whose messages may have changed, with the rows that came: they may be kept and not be held. */
function threadsOf(before: State, state: State, changes: readonly Change[]): Map<string, Message[]> {
  const threads = new Map<string, Message[]>();
  for (const [id, rows] of state.messages) if (before.messages.get(id) !== rows) threads.set(id, []);
  for (const { data } of changes) {
    const id = 'conversation_id' in data ? data.conversation_id : data.id;
    threads.set(id, [...(threads.get(id) ?? []), ...('content' in data ? [data] : [])]);
  }
  return threads;
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

/** Keeps the messages of the conversations in use, and deletes the others. */
export async function prune(transaction: Writing, conversations: readonly Conversation[]): Promise<void> {
  const threads = transaction.objectStore('threads');
  const ids = await answerTo(threads.getAllKeys());
  if (ids.length <= THREADS) return;
  const times = new Map(conversations.map(({ id, updated_at }) => [id, updated_at]));
  const latest = ids.sort((one, other) => ((times.get(one) ?? '') < (times.get(other) ?? '') ? 1 : -1));
  for (const id of latest.slice(THREADS)) threads.delete(id);
}
