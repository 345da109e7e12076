/**
 * What a browser keeps of one user between visits: the last state with its cursor, and the writes that wait. The tabs
 * of a browser share it, and the law that holds for each of them holds for it: what it keeps is what was there at its
 * revision, so that only what changed since has to be asked for.
 */

import type { Restored, StateEvent } from '../state/events.js';
import type { KeptThread, OutboxStorage } from '../state/kept.js';
import { EMPTY, type State } from '../state/state.js';
import { uuidv7 } from '../wire/uuidv7.js';
import { committed, createDatabase, deleteDatabase } from './database.js';
import {
  clear,
  HISTORY,
  prune,
  readHead,
  readRows,
  readThread,
  writeEntries,
  writeHead,
  type Stores,
  type Writing,
} from './history.js';
import { createJournal } from './journal.js';
import { createOutboxStorage } from './outboxStorage.js';

/** The history and the unsent writes of one user in one browser. Its promises reject where the browser keeps nothing. */
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
  /** Deletes the history and keeps the unsent writes, about which no warning was possible. */
  forgetHistory(): Promise<void>;
  forget(): Promise<void>;
  close(): void;
}

/** Milliseconds in which changes are gathered to be written together. */
const PAUSE = 300;

/** `name` is that of the database: of one server and one user. */
export function createArchive(name: string): Archive {
  const journal = createJournal();
  // Another tab signs out: nothing may be in its way.
  const database = createDatabase<Stores>(name, [...HISTORY, 'outbox'], close);
  let generation: string | undefined;
  let flushing: Promise<void> = Promise.resolve();
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function history(mode?: IDBTransactionMode): Promise<Writing> {
    return (await database.open()).transaction(HISTORY, mode);
  }

  async function restore(): Promise<Restored | undefined> {
    const transaction = await history('readwrite');
    const head = (await readHead(transaction)) ?? writeHead(transaction, EMPTY, uuidv7());
    generation = head.generation;
    const { cursor } = head;
    if (cursor === undefined) return undefined;
    const rows = await readRows(transaction);
    await prune(transaction, rows.conversations);
    await committed(transaction);
    return { type: 'restored', ...head, cursor, ...rows };
  }

  async function thread(conversationId: string): Promise<KeptThread | undefined> {
    await flush();
    const kept = await readThread(await history(), conversationId);
    return kept?.generation === generation ? kept : undefined;
  }

  function record(event: StateEvent, state: State): void {
    journal.add(event, state);
    if (!journal.entries || generation === undefined) return;
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
    const { entries } = journal;
    journal.entries = undefined;
    if (!entries || generation === undefined) return;
    const transaction = await history('readwrite');
    if (entries.resetTo !== undefined) await restart(transaction, entries.resetTo);
    const head = await readHead(transaction);
    if (head?.generation !== generation) return;
    // Another tab is ahead: what this one holds may be older than what is kept.
    if (head.revision > entries.state.revision) {
      journal.putBack(entries);
      return;
    }
    await writeEntries(transaction, journal.written, entries);
    writeHead(transaction, entries.state, generation);
    await committed(transaction);
    journal.written = entries.state;
  }

  /** The same reset reaches every tab: the first begins anew, the others join it. */
  async function restart(transaction: Writing, cursor: string): Promise<void> {
    const head = await readHead(transaction);
    generation = cursor;
    journal.written = EMPTY;
    if (head?.generation === cursor) return;
    clear(transaction);
    writeHead(transaction, EMPTY, cursor);
  }

  async function forgetHistory(): Promise<void> {
    journal.entries = undefined;
    generation = undefined;
    const transaction = await history('readwrite');
    clear(transaction);
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
    database.close();
  }

  const outbox = createOutboxStorage(async (mode) =>
    (await database.open()).transaction(['outbox'], mode).objectStore('outbox'),
  );
  return { restore, thread, record, flush, outbox, forgetHistory, forget, close };
}
