import type { User } from '../wire/contract.js';
import { hasId, isJson, isText } from '../wire/json.js';

/** One sign-in, as it is kept between visits. */
export interface Tokens {
  readonly access: string;
  readonly refresh: string;
  /** When `access` runs out: milliseconds on this device's clock. */
  readonly expiresAt: number;
  readonly user: User;
}

/** Where a sign-in is kept: in a browser, for a program that signs in anew each time, or in a place of your own. */
export interface TokenStore {
  readonly read: () => Tokens | undefined;
  readonly write: (tokens: Tokens | undefined) => void;
  /** Calls back when it has changed, here or in another tab. */
  readonly subscribe: (listener: () => void) => () => void;
}

/** Whether a value, as one read from storage, is a sign-in. */
export function isTokens(value: unknown): value is Tokens {
  return (
    isJson(value) &&
    isText(value['access']) &&
    isText(value['refresh']) &&
    typeof value['expiresAt'] === 'number' &&
    isUser(value['user'])
  );
}

/** Whether a value is a user with an e-mail. */
export function isUser(value: unknown): value is User {
  return hasId(value) && isText(value['email']);
}

/** For tests and programs that sign in anew each time. */
export function createMemoryTokenStore(initial?: Tokens): TokenStore {
  let tokens = initial;
  const listeners = new Set<() => void>();
  return {
    read: () => tokens,
    write(next) {
      tokens = next;
      for (const listener of [...listeners]) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
