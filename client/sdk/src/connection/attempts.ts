import { createBackoff } from '../wire/backoff.js';

/** The tries of a socket to connect: at once, or after a pause that grows with each one that failed. */
export interface Attempts {
  readonly start: () => void;
  /** Gives up the present one and starts the next after a pause, unless one waits already. */
  readonly retry: () => void;
  /** Starts the one that waits for its time, if one does. */
  readonly hurry: () => void;
  /** Ends the present one, and the pause before the next. */
  readonly stop: () => void;
  /** The next pause is short again. */
  readonly reset: () => void;
}

/** Milliseconds a connect may take from opening the transport to the namespace's welcome. */
const CONNECT_TIMEOUT = 25_000;

/** `connect` begins one; `onTimeout` is called when it has come to nothing in time. */
export function createAttempts(connect: () => void, onTimeout: () => void): Attempts {
  const { next, reset } = createBackoff();
  let pause: ReturnType<typeof setTimeout> | undefined;
  let deadline: ReturnType<typeof setTimeout> | undefined;

  function start(): void {
    stop();
    deadline = setTimeout(onTimeout, CONNECT_TIMEOUT);
    connect();
  }

  function retry(): void {
    clearTimeout(deadline);
    pause ??= setTimeout(start, next());
  }

  function hurry(): void {
    if (pause !== undefined) start();
  }

  function stop(): void {
    clearTimeout(pause);
    clearTimeout(deadline);
    pause = undefined;
  }

  return { start, retry, hurry, stop, reset };
}
