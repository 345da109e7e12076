import type { Socket } from 'socket.io-client';
import type { ConnectionStatus } from '../state/store.js';
import type { Request } from '../wire/answers.js';
import { BitworksError, TIMEOUT } from '../wire/failure.js';
import { createAttempts } from './attempts.js';
import { watchNetwork } from './network.js';
import { createSocket, drop, probe, request, type SocketHandlers, type SocketOptions } from './socket.js';

/** What a connection is made of. */
export interface ConnectionOptions extends SocketOptions, Pick<SocketHandlers, 'onEvent'> {
  readonly onStatus: (status: ConnectionStatus) => void;
}

/** One socket in the user's namespace that comes back by itself, whatever ended it, until `close`. */
export interface Connection {
  open(): void;
  close(): void;
  /** Tries now instead of when the pause is over, or finds out whether what looks alive is. */
  readonly wake: () => void;
  readonly isConnected: boolean;
  /** Sends one request. Requests go out in the order of these calls. Never rejects. */
  readonly request: Request;
  /** Sends what is not acknowledged; nothing happens without a connection. */
  readonly emit: (event: string, input: object) => void;
}

/** Connects at `open`, and not before. */
export function createConnection(options: ConnectionOptions): Connection {
  const { getToken, getPosition, onStatus } = options;
  const socket = createSocket(options, { onConnect, onLost, onRefused, onEvent });
  const attempts = createAttempts(
    () => socket.connect(),
    () => onLost(new BitworksError(TIMEOUT)),
  );
  let isOpen = false;
  let hasRefreshed = false;
  let stopWatching: (() => void) | undefined;

  /** Either there is no sign-in left, or the connect is tried again after a pause. */
  function onLost(error?: unknown): void {
    socket.disconnect();
    if (!isOpen) return;
    if (error instanceof BitworksError && error.code === 'signed_out') return signedOut();
    onStatus(error === undefined ? 'connecting' : 'offline');
    attempts.retry();
  }

  function signedOut(): void {
    close();
    onStatus('signed-out');
  }

  /** A fresh token is tried once; when that one is refused too, the sign-in is over. */
  async function refresh(): Promise<void> {
    attempts.stop();
    if (hasRefreshed) {
      signedOut();
      return;
    }
    hasRefreshed = true;
    try {
      await getToken({ force: true });
      if (isOpen) attempts.start();
    } catch (error) {
      hasRefreshed = false;
      onLost(error);
    }
  }

  function onRefused(): void {
    if (isOpen) void refresh();
  }

  function onConnect(): void {
    attempts.stop();
    onStatus('catching-up');
  }

  function onEvent(event: string, args: readonly unknown[]): void {
    if (!isOpen) return;
    options.onEvent(event, args);
    if (event === 'synced' || event === 'sync:reset') onCurrent();
    if (event === 'session:expiring') void renew(socket, getToken);
  }

  function onCurrent(): void {
    attempts.reset();
    hasRefreshed = false;
    onStatus('live');
  }

  /** After a sleep a socket may look alive that is not: that shows when something is asked over it. */
  function wake(): void {
    if (!isOpen) return;
    attempts.hurry();
    if (socket.connected) void probe(socket, getPosition());
  }

  function open(): void {
    if (isOpen) return;
    isOpen = true;
    hasRefreshed = false;
    // Without the network's word a dead link shows only when the heartbeat runs out. If it lives, the retry tells.
    stopWatching = watchNetwork(wake, () => drop(socket));
    onStatus('connecting');
    attempts.start();
  }

  function close(): void {
    isOpen = false;
    attempts.stop();
    stopWatching?.();
    socket.disconnect();
  }

  return {
    open,
    close,
    wake,
    request: (event, input) => request(socket, event, input),
    emit: (event, input) => socket.connected && socket.emit(event, input),
    get isConnected() {
      return socket.connected;
    },
  };
}

/** A live socket goes on under a fresh token. */
async function renew(socket: Socket, getToken: ConnectionOptions['getToken']): Promise<void> {
  try {
    await request(socket, 'session:renew', { token: await getToken({ force: true }) });
  } catch {
    // The session then expires, the transport closes, and the next connect asks for a token again.
  }
}
