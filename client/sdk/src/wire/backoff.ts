/** Waiting before the next try: full jitter, so that devices that were dropped together do not return together. */
export interface Backoff {
  /** Milliseconds to wait now: anything from 0 to a limit that doubles with each call. */
  readonly next: () => number;
  /** The next wait is short again. */
  readonly reset: () => void;
}

const FIRST_LIMIT = 500;
const LAST_LIMIT = 15_000;

/** `random` gives numbers from 0 to 1. */
export function createBackoff(random: () => number = Math.random): Backoff {
  let tries = 0;
  return {
    next: () => random() * Math.min(LAST_LIMIT, FIRST_LIMIT * 2 ** tries++),
    reset: () => (tries = 0),
  };
}
