import { isTokens, type Tokens, type TokenStore } from '@bitworks/sdk';

const KEY = 'bitworks.tokens';

/** The sign-in of this browser, shared by its tabs: signing out in one signs out all of them. */
export function createBrowserTokenStore(): TokenStore {
  const listeners = new Set<() => void>();
  let raw: string | null = null;
  let parsed: Tokens | undefined;

  function tell(): void {
    for (const listener of [...listeners]) listener();
  }

  function read(): Tokens | undefined {
    const now = localStorage.getItem(KEY);
    if (now !== raw) [raw, parsed] = [now, parse(now)];
    return parsed;
  }

  function write(tokens: Tokens | undefined): void {
    if (tokens) localStorage.setItem(KEY, JSON.stringify(tokens));
    else localStorage.removeItem(KEY);
    tell();
  }

  // A key of null says that everything was cleared.
  window.addEventListener('storage', ({ key }) => {
    if (key === KEY || key === null) tell();
  });

  function subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  return { read, write, subscribe };
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
