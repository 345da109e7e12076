import { io, type Socket } from 'socket.io-client';
import type { Position } from '../state/store.js';
import { readAnswer, type Answer } from '../wire/answers.js';
import { BitworksError, DISCONNECTED, TIMEOUT, failed, failureOf } from '../wire/failure.js';
import { isJson, isText } from '../wire/json.js';

/** Where a socket goes, and as whom. */
export interface SocketOptions {
  /** Where the server is; the namespace comes after it. */
  readonly url: string;
  readonly userId: string;
  /** A token that is valid now; with `force` a fresh one. Throws a failure; `signed_out` when there is none to be had. */
  readonly getToken: (options?: { force?: boolean }) => Promise<string>;
  /** How far this device has got: where to go on from, asked at every connect. */
  readonly getPosition: () => Position;
}

/** What becomes of a socket. */
export interface SocketHandlers {
  readonly onConnect: () => void;
  /** Called with every event that the server pushes. */
  readonly onEvent: (event: string, args: readonly unknown[]) => void;
  /** The socket went away, or a try failed, by an error then: another try may help. */
  readonly onLost: (error?: unknown) => void;
  /** The server will not have the token. */
  readonly onRefused: () => void;
}

/** Milliseconds until a request counts as unanswered. */
const ANSWER_TIMEOUT = 15_000;
/** Milliseconds a socket that may be dead is given to answer. */
const PROBE_TIMEOUT = 5_000;

/** A socket in the user's namespace that connects when it is told to, and never by itself. */
export function createSocket(options: SocketOptions, handlers: SocketHandlers): Socket {
  const { onConnect, onEvent, onLost, onRefused } = handlers;
  const socket = io(`${options.url}/users/${options.userId}`, {
    autoConnect: false,
    forceNew: true,
    // The stock pauses have no jitter once they reach their maximum, and it never returns from a refusal.
    reconnection: false,
    transports: ['websocket', 'polling'],
    tryAllTransports: true,
    auth: (send) => void authenticate(options, send).catch(onLost),
  });
  socket.on('connect', onConnect);
  socket.on('disconnect', (reason) => {
    if (reason === 'io server disconnect') onRefused();
    else if (reason !== 'io client disconnect') onLost();
  });
  socket.on('connect_error', (error) => {
    if (isRefusal(error)) onRefused();
    else onLost(new BitworksError(failureOf(error)));
  });
  socket.onAny((event: string, ...args: unknown[]) => onEvent(event, args));
  return socket;
}

/** `pid` and `offset` would be added by the stock client; the cursor of the state is the only truth here. */
async function authenticate(
  { getToken, getPosition }: SocketOptions,
  send: (data: object) => void,
): Promise<void> {
  const token = await getToken();
  send({ token, since: getPosition().cursor, pid: undefined, offset: undefined });
}

/** CONNECT_ERROR, sent only where trying again in the same way cannot help, carries `{code}`. */
function isRefusal(error: object): boolean {
  return 'data' in error && isJson(error.data) && isText(error.data['code']);
}

/** Sends one request. Requests go out in the order of these calls. Never rejects. */
export async function request(
  socket: Socket,
  event: string,
  input: object,
  wait = ANSWER_TIMEOUT,
): Promise<Answer> {
  if (socket.disconnected) return failed(DISCONNECTED);
  try {
    return readAnswer(await socket.timeout(wait).emitWithAck(event, input));
  } catch {
    return failed(socket.connected ? TIMEOUT : DISCONNECTED);
  }
}

/** Asks for something small, and drops the link when no answer comes. */
export async function probe(socket: Socket, { cursor }: Position): Promise<void> {
  const answer = await request(socket, 'sync', { since: cursor, limit: 1 }, PROBE_TIMEOUT);
  if (!answer.ok && answer.failure === TIMEOUT) drop(socket);
}

/** Gives up a link that is known to be dead, as the heartbeat would after a while. */
export function drop(socket: Socket): void {
  if (socket.connected) socket.io.engine.close();
}
