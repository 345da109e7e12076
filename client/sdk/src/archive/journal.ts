import type { StateEvent } from '../state/events.js';
import { keyOf } from '../state/records.js';
import { COLLECTED, type State } from '../state/state.js';
import { isDeleted, kindOf, type Change } from '../wire/changes.js';
import type { Message } from '../wire/contract.js';
import { KINDS, type Collected, type CollectionRows } from '../wire/kinds.js';

/** What has to be written down. */
export interface Entries {
  /** Says what each of it is now. */
  state: State;
  /** The cursor of a reset: everything that was kept before it is void. */
  resetTo: string | undefined;
  /** The rows that changed, as `collection/key`. */
  readonly rows: Set<string>;
  /** By conversation, with the rows that changed: they may be kept where they are not held. */
  readonly threads: Map<string, readonly Message[]>;
}

/** Gathers what changes between two writings. */
export interface Journal {
  /** To be called with every event and the state after it. */
  add(event: StateEvent, state: State): void;
  /** What was gathered, once; undefined when nothing was. */
  take(): Entries | undefined;
  /** Gives back what was taken and could not be written. */
  putBack(entries: Entries): void;
  readonly isEmpty: boolean;
}

export function createJournal(): Journal {
  let entries: Entries | undefined;

  function add(event: StateEvent, state: State): void {
    if (event.type === 'reset') entries = { ...blank(state), resetTo: event.cursor };
    else if (isKept(event)) gather((entries ??= blank(state)), event);
    if (entries) entries.state = state;
  }

  function putBack(before: Entries): void {
    const after = entries;
    // What came before a reset is void.
    if (after?.resetTo !== undefined) return;
    entries = before;
    if (!after) return;
    before.state = after.state;
    for (const row of after.rows) before.rows.add(row);
    for (const [id, rows] of after.threads) gatherThread(before, id, ...rows);
  }

  return {
    add,
    putBack,
    take() {
      const taken = entries;
      entries = undefined;
      return taken;
    },
    get isEmpty() {
      return entries === undefined;
    },
  };
}

function blank(state: State): Entries {
  return { state, resetTo: undefined, rows: new Set(), threads: new Map() };
}

type Kept = Extract<
  StateEvent,
  { type: 'changed' | 'answered' | 'write-settled' | 'synced' | `${string}-read` }
>;

function isKept(event: StateEvent): event is Kept {
  return (
    ['changed', 'answered', 'write-settled', 'synced'].includes(event.type) || event.type.endsWith('-read')
  );
}

function gather(entries: Entries, event: Kept): void {
  switch (event.type) {
    case 'changed':
    case 'answered':
    case 'write-settled':
      gatherChange(entries, event.change);
      break;
    case 'conversations-read':
      for (const { id } of event.rows) gatherRow(entries, 'conversations', id);
      break;
    case 'conversation-read':
      gatherRow(entries, 'conversations', event.id);
      break;
    case 'messages-read':
    case 'newer-read':
      gatherThread(entries, event.conversationId);
      break;
    case 'context-read':
      gatherRow(entries, 'contexts', event.conversationId);
      break;
    case 'synced':
  }
}

/** With a deleted conversation goes all that is under its id. */
function gatherChange(entries: Entries, { event, data }: Change): void {
  const kind = kindOf(event);
  if (kind === KINDS.message) {
    const row = data as Message;
    gatherThread(entries, row.conversation_id, ...(isDeleted(event) ? [] : [row]));
  } else if (event === 'conversation:deleted') {
    gatherThread(entries, data.id);
    for (const { collection } of COLLECTED) gatherRow(entries, collection, data.id);
  } else {
    const collected = kind as Collected;
    gatherRow(entries, collected.collection, keyOf(collected, data));
  }
}

function gatherRow({ rows }: Entries, collection: keyof CollectionRows, key: string): void {
  rows.add(`${collection}/${key}`);
}

/** A message raises its conversation. */
function gatherThread(entries: Entries, id: string, ...rows: readonly Message[]): void {
  entries.threads.set(id, [...(entries.threads.get(id) ?? []), ...rows]);
  gatherRow(entries, 'conversations', id);
}
