import type { Session, User } from '../wire/contract.js';
import { BAD_ANSWER, BitworksError, SIGNED_OUT } from '../wire/failure.js';
import { hasId, isJson, isListOf, isText } from '../wire/json.js';
import { browserLocks } from '../wire/locks.js';
import { createRest, type Rest } from '../wire/rest.js';
import { isUser, type Tokens, type TokenStore } from './tokens.js';

/** Where accounts are, and where a sign-in is kept. */
export interface AuthOptions {
  readonly url: string;
  readonly tokens: TokenStore;
  readonly fetch?: typeof globalThis.fetch;
  /** Milliseconds since 1970, as `Date.now`. */
  readonly now?: () => number;
}

/** Signing in and out, and everything that is done to an account. All of it throws `BitworksError`. */
export interface Auth {
  readonly user: User | undefined;
  register(email: string, password: string): Promise<User>;
  login(email: string, password: string): Promise<User>;
  /** Forgets the sign-in here even where the server cannot be told. */
  logout(): Promise<void>;
  logoutAll(): Promise<void>;
  sessions(): Promise<Session[]>;
  endSession(id: string): Promise<void>;
  /** Ends the other sessions. */
  changePassword(old: string, next: string): Promise<void>;
  deleteAccount(password: string): Promise<void>;
  /** An access token that is valid now; with `force` one that is fresh. Throws `signed_out` when there is none. */
  readonly getToken: (options?: { force?: boolean }) => Promise<string>;
  readonly subscribe: (listener: () => void) => () => void;
}

/** Milliseconds before its end from which a token counts as over: clocks differ and answers take time. */
const MARGIN = 10_000;
/** Milliseconds for which a token counts as fresh: another tab may have fetched it just now. */
const FRESH = 5_000;

/** `fetch` and `now` are the platform's unless given. */
export function createAuth({ url, tokens, fetch, now = Date.now }: AuthOptions): Auth {
  const rest = createRest(url, fetch);
  let refreshing: Promise<string> | undefined;
  let refreshedAt = -Infinity;

  async function enter(path: string, email: string, password: string): Promise<User> {
    const next = readTokens(await rest({ method: 'POST', path, body: { email, password } }), now());
    tokens.write(next);
    return next.user;
  }

  async function getToken({ force = false }: { force?: boolean } = {}): Promise<string> {
    const held = tokens.read();
    if (!held) throw new BitworksError(SIGNED_OUT);
    const isGood = held.expiresAt - MARGIN > now();
    if (isGood && (!force || now() - refreshedAt < FRESH)) return held.access;
    refreshing ??= alone(() => refresh(held)).finally(() => (refreshing = undefined));
    return refreshing;
  }

  /** Uses what another tab has fetched while this one waited for its turn. */
  async function refresh(before: Tokens): Promise<string> {
    const held = tokens.read();
    if (!held) throw new BitworksError(SIGNED_OUT);
    if (held.access !== before.access) return held.access;
    const next = await exchange(rest, held, now);
    // Signed out meanwhile, here or in another tab: that stands.
    if (tokens.read()?.refresh !== held.refresh) throw new BitworksError(SIGNED_OUT);
    tokens.write(next);
    if (!next) throw new BitworksError(SIGNED_OUT);
    refreshedAt = now();
    return next.access;
  }

  async function call(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<unknown> {
    const token = await getToken();
    return rest({ method, path, token, ...(body && { body }) });
  }

  /** What ends the sign-in wherever it was done ends it here too. */
  async function leave(method: 'POST' | 'DELETE', path: string, body?: object): Promise<void> {
    await call(method, path, body);
    tokens.write(undefined);
  }

  async function logout(): Promise<void> {
    try {
      await call('POST', '/auth/logout');
    } finally {
      tokens.write(undefined);
    }
  }

  async function sessions(): Promise<Session[]> {
    const answer = await call('GET', '/auth/sessions');
    if (!isListOf(answer, hasId)) throw new BitworksError(BAD_ANSWER);
    return answer as readonly object[] as Session[];
  }

  return {
    get user() {
      return tokens.read()?.user;
    },
    register: (email, password) => enter('/auth/register', email, password),
    login: (email, password) => enter('/auth/login', email, password),
    logout,
    logoutAll: () => leave('POST', '/auth/logout-all'),
    sessions,
    async endSession(id) {
      await call('DELETE', `/auth/sessions/${id}`);
    },
    async changePassword(old, next) {
      await call('POST', '/auth/password', { old, new: next });
    },
    deleteAccount: (password) => leave('DELETE', '/auth/account', { password }),
    getToken,
    subscribe: (listener) => tokens.subscribe(listener),
  };
}

/** A new pair for an old one; undefined when the server does not know the old one any more. */
async function exchange(rest: Rest, held: Tokens, now: () => number): Promise<Tokens | undefined> {
  try {
    const body = { refresh_token: held.refresh };
    return readTokens(await rest({ method: 'POST', path: '/auth/refresh', body }), now(), held.user);
  } catch (error) {
    if (error instanceof BitworksError && error.code === 'unauthorized') return undefined;
    throw error;
  }
}

function readTokens(answer: unknown, at: number, known?: User): Tokens {
  if (!isJson(answer)) throw new BitworksError(BAD_ANSWER);
  const { access_token: access, refresh_token: refresh, expires_in: seconds } = answer;
  const user = isUser(answer['user']) ? answer['user'] : known;
  if (!isText(access) || !isText(refresh) || typeof seconds !== 'number' || !user) {
    throw new BitworksError(BAD_ANSWER);
  }
  return { access, refresh, expiresAt: at + seconds * 1000, user };
}

/** One tab at a time, where the browser can say so. */
async function alone<T>(step: () => Promise<T>): Promise<T> {
  const locks = browserLocks();
  return locks ? await locks.request('bitworks-refresh', step) : await step();
}
