import type { WriteEvent } from '../state/events.js';
import { browserLocks } from '../wire/locks.js';
import { uuidv7 } from '../wire/uuidv7.js';
import { createConnection, type Connection, type ConnectionOptions } from './connection.js';
import { createFollower } from './follower.js';
import { createLeader, type Leader } from './leader.js';
import { createLeadership } from './leadership.js';
import { watchNetwork } from './network.js';
import type { TabMessage } from './tabMessages.js';

/** What the connection of a tab is made of. */
export interface SharedConnectionOptions extends ConnectionOptions {
  /** Called with what another tab did to a write. */
  readonly onWrite: (event: WriteEvent) => void;
  /** Called when this tab begins to send: what a tab that closed had still to send is taken over. */
  readonly onLead: () => void;
}

/** The connection of one tab: the socket itself, or the tab that has it. */
export interface SharedConnection extends Connection {
  /** Whether this tab has the socket, and so sends what is written in all of them. */
  readonly isLeader: boolean;
  readonly share: (event: WriteEvent) => void;
}

/** One socket for the tabs of a browser where it can be shared, and otherwise one for each. */
export function createSharedConnection(options: SharedConnectionOptions): SharedConnection {
  const locks = browserLocks();
  const isShareable = locks !== undefined && typeof BroadcastChannel !== 'undefined';
  return isShareable ? createTab(options, locks) : alone(options);
}

function alone(options: SharedConnectionOptions): SharedConnection {
  return Object.assign(createConnection(options), { isLeader: true, share: () => undefined });
}

/** Raised when the tabs of two versions would not understand each other. */
const VERSION = 1;

function createTab(options: SharedConnectionOptions, locks: LockManager): SharedConnection {
  const id = uuidv7();
  const name = `bitworks ${VERSION} ${options.url} ${options.userId}`;
  let channel: BroadcastChannel | undefined;
  let leader: Leader | undefined;
  let stopWatching: (() => void) | undefined;

  const post = (message: TabMessage) => channel?.postMessage(message);
  const leadership = createLeadership({ locks, name, onGained: lead, onLost: resign });
  const follower = createFollower({ ...options, id, post, onSilence: () => leadership.seize() });

  function open(): void {
    if (channel) return;
    channel = new BroadcastChannel(name);
    channel.addEventListener('message', ({ data }: MessageEvent<TabMessage>) => hear(data));
    // A leader looks after its own socket; a follower looks whether there still is a leader.
    stopWatching = watchNetwork(
      () => leader ?? follower.greet(),
      () => undefined,
    );
    options.onStatus('connecting');
    leadership.join();
    follower.greet();
  }

  function hear(message: TabMessage): void {
    if (message.type === 'write') options.onWrite(message.event);
    else if (leader) leader.hear(message);
    else follower.hear(message);
  }

  function lead(): void {
    follower.stop();
    leader = createLeader(uuidv7(), post, options);
    leader.connection.open();
    options.onLead();
  }

  function resign(): void {
    leader?.connection.close();
    leader = undefined;
    if (!channel) return;
    options.onStatus('connecting');
    follower.greet();
  }

  function close(): void {
    const closing = channel;
    channel = undefined;
    stopWatching?.();
    leadership.leave();
    follower.stop();
    closing?.close();
  }

  /** The socket itself, or the way to it. */
  function line(): Pick<Connection, 'request' | 'emit' | 'wake' | 'isConnected'> {
    return leader?.connection ?? follower;
  }

  return {
    open,
    close,
    wake: () => channel && line().wake(),
    request: (event, input) => line().request(event, input),
    emit: (event, input) => line().emit(event, input),
    share: (event) => post({ type: 'write', event }),
    get isConnected() {
      return line().isConnected;
    },
    get isLeader() {
      return leader !== undefined;
    },
  };
}
