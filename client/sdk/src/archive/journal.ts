import type { StateEvent } from '../state/events.js';
import type { State } from '../state/state.js';
import type { Change } from '../wire/changes.js';
import type { Message } from '../wire/contract.js';

/** What has to be written down, and the state that says what each of it is now. */
export interface Entries {
  readonly state: State;
  /** The cursor of a reset: everything that was kept before it is void. */
  readonly resetTo: string | undefined;
  readonly conversations: ReadonlySet<string>;
  /** By conversation. */
  readonly contexts: ReadonlySet<string>;
  /** By conversation, with the rows that changed: they may be kept where they are not held. */
  readonly threads: ReadonlyMap<string, readonly Message[]>;
}

/** Gathers what changes between two writings. */
export interface Journal {
  add(event: StateEvent, state: State): void;
  /** What was gathered, once. */
  take(): Entries | undefined;
  putBack(entries: Entries): void;
  readonly isEmpty: boolean;
}

export function createJournal(): Journal {
  let entries: Entries | undefined;

  function add(event: StateEvent, state: State): void {
    if (event.type === 'reset') entries = { ...blank(state), resetTo: event.cursor };
    else if (isKept(event)) entries = { ...gathered(entries ?? blank(state), event), state };
    else if (entries) entries = { ...entries, state };
  }

  function putBack(before: Entries): void {
    entries = entries ? joined(before, entries) : before;
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
  return {
    state,
    resetTo: undefined,
    conversations: new Set(),
    contexts: new Set(),
    threads: new Map(),
  };
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

function gathered(entries: Entries, event: Kept): Entries {
  switch (event.type) {
    case 'changed':
    case 'answered':
    case 'write-settled':
      return withChange(entries, event.change);
    case 'conversations-read':
      return event.rows.reduce((before, { id }) => withConversation(before, id), entries);
    case 'conversation-read':
      return withConversation(entries, event.id);
    case 'messages-read':
    case 'newer-read':
      return withThread(withConversation(entries, event.conversationId), event.conversationId);
    case 'context-read':
      return withContext(entries, event.conversationId);
    case 'synced':
      return entries;
  }
}

/** A message raises its conversation; with a deleted one goes all that was in it. */
function withChange(entries: Entries, { event, data }: Change): Entries {
  const id = 'conversation_id' in data ? data.conversation_id : data.id;
  if (event.startsWith('context')) return withContext(entries, id);
  const raised = withConversation(entries, id);
  if (event === 'conversation:deleted') return withContext(withThread(raised, id), id);
  if (event.startsWith('conversation')) return raised;
  return withThread(raised, id, ...('content' in data ? [data] : []));
}

function withConversation(entries: Entries, id: string): Entries {
  return { ...entries, conversations: new Set(entries.conversations).add(id) };
}

function withContext(entries: Entries, id: string): Entries {
  return { ...entries, contexts: new Set(entries.contexts).add(id) };
}

function withThread(entries: Entries, id: string, ...rows: readonly Message[]): Entries {
  const threads = new Map(entries.threads);
  return { ...entries, threads: threads.set(id, [...(threads.get(id) ?? []), ...rows]) };
}

function joined(before: Entries, after: Entries): Entries {
  if (after.resetTo !== undefined) return after;
  const threads = new Map(before.threads);
  for (const [id, rows] of after.threads) threads.set(id, [...(threads.get(id) ?? []), ...rows]);
  return {
    ...after,
    resetTo: before.resetTo,
    conversations: new Set([...before.conversations, ...after.conversations]),
    contexts: new Set([...before.contexts, ...after.contexts]),
    threads,
  };
}
