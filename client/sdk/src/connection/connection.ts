import { io, type Socket } from 'socket.io-client';
import type { ConnectionStatus, Position } from '../state/store.js';
import { type Answer, readAnswer, type Request } from '../wire/answers.js';
import { createBackoff } from '../wire/backoff.js';
import { BitworksError, DISCONNECTED, TIMEOUT, failed, failureOf } from '../wire/failure.js';
import { isJson, isText } from '../wire/json.js';
import { watchNetwork } from './network.js';

export interface ConnectionOptions {
  /** Where the server is; the namespace comes after it. */
  readonly url: string;
  readonly userId: string;
  /** A token that is valid now; with `force` a fresh one. Throws a failure; `signed_out` when there is none to be had. */
  readonly getToken: (options?: { force?: boolean }) => Promise<string>;
  /** How far this device has got: where to go on from, asked at every connect. */
  readonly getPosition: () => Position;
  readonly onEvent: (event: string, args: readonly unknown[]) => void;
  readonly onStatus: (status: ConnectionStatus) => void;
}

/** One socket in the user's namespace that comes back by itself, whatever ended it, until `close`. */
export interface Connection {
  open(): void;
  close(): void;
  /** Tries now instead of when the pause is over, or finds out whether what looks alive is. */
  readonly wake: () => void;
  readonly isConnected: boolean;
  /** Sends one request. Requests go out in the order of these calls. Never throws. */
  readonly request: Request;
  /** Sends what is not acknowledged; nothing happens without a connection. */
  readonly emit: (event: string, input: object) => void;
}

/** Milliseconds until a request counts as unanswered. */
const ANSWER_TIMEOUT = 15_000;
/** Milliseconds a socket that may be dead is given to answer. */
const PROBE_TIMEOUT = 5_000;
/** Milliseconds a connect may take from opening the transport to the namespace's welcome. */
const CONNECT_TIMEOUT = 25_000;

export function createConnection(options: ConnectionOptions): Connection {
  const { getToken, getPosition, onEvent, onStatus } = options;
  const backoff = createBackoff();
  let isOpen = false;
  let hasRefreshed = false;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let deadline: ReturnType<typeof setTimeout> | undefined;
  let stopWatching: (() => void) | undefined;

  const socket: Socket = io(`${options.url}/users/${options.userId}`, {
    autoConnect: false,
    forceNew: true,
    // The stock pauses have no jitter once they reach their maximum, and it never returns from a refusal.
    reconnection: false,
    transports: ['websocket', 'polling'],
    tryAllTransports: true,
    auth: (send) => void authenticate(send),
  });

  /** `pid` and `offset` would be added by the stock client; the cursor of the state is the only truth here. */
  async function authenticate(send: (data: object) => void): Promise<void> {
    try {
      const token = await getToken();
      send({ token, since: getPosition().cursor, pid: undefined, offset: undefined });
    } catch (error) {
      lost(error);
    }
  }

  function attempt(): void {
    clearTimeout(retry);
    clearTimeout(deadline);
    retry = undefined;
    deadline = setTimeout(() => lost(new BitworksError(TIMEOUT)), CONNECT_TIMEOUT);
    socket.connect();
  }

  /** A try failed, or the socket went away: either there is no sign-in left, or it is tried again. */
  function lost(error?: unknown): void {
    clearTimeout(deadline);
    socket.disconnect();
    if (!isOpen) return;
    if (error instanceof BitworksError && error.code === 'signed_out') return signedOut();
    onStatus(error === undefined ? 'connecting' : 'offline');
    retry ??= setTimeout(attempt, backoff.next());
  }

  function signedOut(): void {
    close();
    onStatus('signed-out');
  }

  /** The server will not have this token: a fresh one is tried once, then it is over. */
  async function refused(): Promise<void> {
    clearTimeout(deadline);
    if (hasRefreshed) {
      signedOut();
      return;
    }
    hasRefreshed = true;
    try {
      await getToken({ force: true });
      if (isOpen) attempt();
    } catch (error) {
      hasRefreshed = false;
      lost(error);
    }
  }

  async function renew(): Promise<void> {
    try {
      const token = await getToken({ force: true });
      await request('session:renew', { token });
    } catch {
      // The session then expires, the transport closes, and the next connect asks for a token again.
    }
  }

  function welcomed(): void {
    clearTimeout(deadline);
    onStatus('catching-up');
  }

  function arrived(): void {
    backoff.reset();
    hasRefreshed = false;
    onStatus('live');
  }

  function request(event: string, input: object): Promise<Answer> {
    if (!socket.connected) return Promise.resolve(failed(DISCONNECTED));
    return new Promise((resolve) => {
      socket.timeout(ANSWER_TIMEOUT).emit(event, input, (error: Error | null, answer: unknown) => {
        if (error === null) resolve(readAnswer(answer));
        else resolve(failed(socket.connected ? TIMEOUT : DISCONNECTED));
      });
    });
  }

  function emit(event: string, input: object): void {
    if (socket.connected) socket.emit(event, input);
  }

  function wake(): void {
    if (!isOpen) return;
    if (retry !== undefined) attempt();
    else if (socket.connected) probe();
  }

  /** After a sleep a socket may look alive that is not: whether it is shows when something is asked over it. */
  function probe(): void {
    const question = { since: getPosition().cursor, limit: 1 };
    socket.timeout(PROBE_TIMEOUT).emit('sync', question, (error: Error | null) => {
      if (error !== null) networkLost();
    });
  }

  /** Without this, a dead link shows only when the heartbeat runs out. If it was not dead, the retry tells. */
  function networkLost(): void {
    if (isOpen && socket.connected) socket.io.engine.close();
  }

  function open(): void {
    if (isOpen) return;
    isOpen = true;
    hasRefreshed = false;
    stopWatching = watchNetwork(wake, networkLost);
    onStatus('connecting');
    attempt();
  }

  function close(): void {
    isOpen = false;
    clearTimeout(retry);
    clearTimeout(deadline);
    retry = undefined;
    stopWatching?.();
    socket.disconnect();
  }

  socket.on('connect', welcomed);
  socket.on('disconnect', (reason) => {
    if (!isOpen || reason === 'io client disconnect') return;
    if (reason === 'io server disconnect') void refused();
    else lost();
  });
  socket.on('connect_error', (error) => {
    if (!isOpen) return;
    if (isRefusal(error)) void refused();
    else lost(new BitworksError(failureOf(error)));
  });
  socket.onAny((event: string, ...args: unknown[]) => {
    if (!isOpen) return;
    onEvent(event, args);
    if (event === 'synced' || event === 'sync:reset') arrived();
    if (event === 'session:expiring') void renew();
  });

  return {
    open,
    close,
    wake,
    request,
    emit,
    get isConnected() {
      return socket.connected;
    },
  };
}

/** CONNECT_ERROR, sent only where trying again in the same way cannot help, carries `{code}`. */
function isRefusal(error: object): boolean {
  return 'data' in error && isJson(error.data) && isText(error.data['code']);
}
