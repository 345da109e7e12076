import { isTokens, type Tokens, type TokenStore } from './tokens.js';

/**
 * The sign-in of this browser, kept through reloads and shared by its tabs: signing out in one signs out all of them.
 * `key` is its name in the local storage, for pages of one origin that sign in apart. Where the browser lets nothing be
 * kept, it lasts as long as the page.
 */
export function createBrowserTokenStore(key = 'bitworks.tokens'): TokenStore {
  const listeners = new Set<() => void>();
  let raw: string | null = null;
  let tokens: Tokens | undefined;
  /** Whether the storage has not taken what was written last, and so holds something older. */
  let isUnkept = false;

  function tell(): void {
    for (const listener of [...listeners]) listener();
  }

  function read(): Tokens | undefined {
    if (isUnkept) return tokens;
    const now = inStorage((storage) => storage.getItem(key), raw);
    if (now !== raw) [raw, tokens] = [now, parse(now)];
    return tokens;
  }

  function write(next: Tokens | undefined): void {
    raw = next ? JSON.stringify(next) : null;
    tokens = next;
    isUnkept = !inStorage((storage) => {
      if (raw === null) storage.removeItem(key);
      else storage.setItem(key, raw);
      return true;
    }, false);
    tell();
  }

  // A key of null says that everything was cleared.
  window.addEventListener('storage', (event) => {
    if (event.key !== key && event.key !== null) return;
    isUnkept = false;
    tell();
  });

  return {
    read,
    write,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** A browser may refuse its storage altogether, or be full. */
function inStorage<T>(use: (storage: Storage) => T, otherwise: T): T {
  try {
    return use(window.localStorage);
  } catch {
    return otherwise;
  }
}

function parse(text: string | null): Tokens | undefined {
  if (text === null) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isTokens(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
