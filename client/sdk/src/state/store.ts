import type { StateEvent } from './events.js';
import { reduce } from './reduce.js';
import { EMPTY, type State } from './state.js';

/**
 * How this device stands with the server. `connecting`: the first try after a start or a loss. `offline`: a try has
 * failed; more follow by themselves. `catching-up`: connected, receiving what was missed. `live`: all of it is here.
 * `signed-out`: the server does not know this sign-in any more; nothing follows.
 */
export type ConnectionStatus = 'connecting' | 'catching-up' | 'live' | 'offline' | 'signed-out';

/** How far a device has got: another that knows nothing yet may begin there. */
export type Position = Pick<State, 'revision' | 'cursor'>;

/** How this device stands with the server, and whether it ever stood well. */
export interface Connection {
  readonly status: ConnectionStatus;
  /** Whether it has been live since the start: then what is shown was right a moment ago. */
  readonly hasBeenLive: boolean;
}

/** What a store holds at one moment. */
export interface Snapshot {
  readonly state: State;
  readonly connection: Connection;
}

/** One value that changes, and who wants to know. A snapshot is never changed in place. */
export interface Store {
  readonly getSnapshot: () => Snapshot;
  readonly subscribe: (listener: () => void) => () => void;
  dispatch(event: StateEvent): void;
  setStatus(status: ConnectionStatus): void;
}

/** Text that grows is told at most this often, in milliseconds: a frame or two, however fast the words come. */
const DELTA_PAUSE = 30;
/** While catching up, listeners hear at most this often, in milliseconds: thousands of changes may come at once. */
const CATCH_UP_PAUSE = 50;

/** `onEvent` is told of every event, and of the state after it. */
export function createStore(onEvent?: (event: StateEvent, state: State) => void): Store {
  let snapshot: Snapshot = { state: EMPTY, connection: { status: 'connecting', hasBeenLive: false } };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const listeners = new Set<() => void>();

  function tell(): void {
    clearTimeout(timer);
    timer = undefined;
    for (const listener of [...listeners]) listener();
  }

  function replace(next: Snapshot, pause = 0): void {
    snapshot = next;
    const wait = next.connection.status === 'catching-up' ? CATCH_UP_PAUSE : pause;
    if (wait > 0) timer ??= setTimeout(tell, wait);
    else tell();
  }

  return {
    getSnapshot: () => snapshot,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    dispatch(event) {
      const state = reduce(snapshot.state, event);
      onEvent?.(event, state);
      if (state === snapshot.state) return;
      replace({ ...snapshot, state }, event.type === 'delta' ? DELTA_PAUSE : 0);
    },
    setStatus(status) {
      const { connection } = snapshot;
      if (connection.status === status) return;
      replace({
        ...snapshot,
        connection: { status, hasBeenLive: connection.hasBeenLive || status === 'live' },
      });
    },
  };
}
