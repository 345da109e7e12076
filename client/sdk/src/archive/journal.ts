import type { StateEvent } from '../state/events.js';
import { EMPTY, type State } from '../state/state.js';
import type { Change } from '../wire/changes.js';

/** What has to be written down: how `state` differs from `written`, and what cannot be seen from the two. */
export interface Entries {
  state: State;
  /** The cursor of a reset: everything that was kept before it is void. */
  resetTo: string | undefined;
  /** In the order in which they came: what they are about may be kept and not be held. */
  changes: Change[];
}

/** Gathers what changes between two writings. */
export interface Journal {
  /** To be called with every event and the state after it. */
  readonly add: (event: StateEvent, state: State) => void;
  /** Gives back what was taken and could not be written. */
  readonly putBack: (entries: Entries) => void;
  /** What was gathered; to be taken away before it is written. Undefined when nothing was. */
  entries: Entries | undefined;
  /** The state that is kept; to be set after each writing. */
  written: State;
}

/** Empty, as before anything was kept. */
export function createJournal(): Journal {
  const journal: Journal = { entries: undefined, written: EMPTY, add, putBack };
  let latest = EMPTY;

  function add(event: StateEvent, state: State): void {
    // What was kept is written already, unless something newer stood in its place.
    if (event.type === 'restored' && state !== latest) journal.written = state;
    latest = state;
    if (event.type === 'reset') journal.entries = { state, resetTo: event.cursor, changes: [] };
    else if (isKept(event)) journal.entries ??= { state, resetTo: undefined, changes: [] };
    if (!journal.entries) return;
    journal.entries.state = state;
    if ('change' in event) journal.entries.changes.push(event.change);
  }

  function putBack(before: Entries): void {
    const after = journal.entries;
    // What came before a reset is void.
    if (after?.resetTo !== undefined) return;
    journal.entries = before;
    if (!after) return;
    before.state = after.state;
    before.changes = [...before.changes, ...after.changes];
  }

  return journal;
}

/** Whether an event may change what is kept. */
function isKept(event: StateEvent): boolean {
  return 'change' in event || event.type === 'synced' || event.type.endsWith('-read');
}
