import { expect, test, vi } from 'vitest';
import { createAuth } from '../../src/auth/auth.js';
import { createMemoryTokenStore, isTokens, type Tokens } from '../../src/auth/tokens.js';

const user = { id: 'u', email: 'a@b.c', created_at: '2026-01-01T00:00:00.000Z' };

function tokens(access: string, expiresAt: number): Tokens {
  return { access, refresh: `refresh of ${access}`, expiresAt, user };
}

function answer(status: number, body: object): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } });
}

function pair(access: string) {
  return {
    access_token: access,
    refresh_token: `refresh of ${access}`,
    token_type: 'bearer',
    expires_in: 900,
    user,
  };
}

test('a token that is still good is used without asking', async () => {
  const fetch = vi.fn<typeof globalThis.fetch>();
  const auth = createAuth({
    url: '',
    tokens: createMemoryTokenStore(tokens('old', 60_000)),
    fetch,
    now: () => 0,
  });
  expect(await auth.getToken()).toBe('old');
  expect(fetch).not.toHaveBeenCalled();
});

test('what was kept is a sign-in, whatever fraction of a millisecond its time has', () => {
  expect(isTokens(tokens('kept', 1_764_000_000_000.25))).toBe(true);
  expect(isTokens({ ...tokens('kept', 0), refresh: undefined })).toBe(false);
});

test('callers that need a fresh token at once share one refresh', async () => {
  const fetch = vi.fn<typeof globalThis.fetch>(() => Promise.resolve(answer(200, pair('new'))));
  const store = createMemoryTokenStore(tokens('old', 0));
  const auth = createAuth({ url: '', tokens: store, fetch, now: () => 0 });
  expect(await Promise.all([auth.getToken(), auth.getToken({ force: true })])).toEqual(['new', 'new']);
  expect(fetch).toHaveBeenCalledOnce();
  expect(store.read()).toMatchObject({ access: 'new', expiresAt: 900_000 });
});

test('a refresh that is refused ends the sign-in', async () => {
  const fetch = vi.fn<typeof globalThis.fetch>(() =>
    Promise.resolve(answer(401, { code: 'unauthorized', detail: '', retryable: false })),
  );
  const store = createMemoryTokenStore(tokens('old', 0));
  const auth = createAuth({ url: '', tokens: store, fetch, now: () => 0 });
  await expect(auth.getToken()).rejects.toMatchObject({ code: 'signed_out' });
  expect(store.read()).toBeUndefined();
});

test('a server that never answers is given up, and ends nothing but what was to end', async () => {
  const patience = new AbortController();
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(patience.signal);
  const fetch = vi.fn<typeof globalThis.fetch>(
    (_, options) =>
      new Promise((_resolve, reject) => {
        options?.signal?.addEventListener('abort', () => reject(patience.signal.reason as Error));
      }),
  );
  const store = createMemoryTokenStore(tokens('good', 60_000));
  const auth = createAuth({ url: '', tokens: store, fetch, now: () => 0 });
  const [reading, leaving] = [auth.sessions(), auth.logout()];
  await vi.waitFor(() => expect(fetch).toHaveBeenCalledTimes(2));
  expect(timeout).toHaveBeenCalledWith(15_000);
  patience.abort(new DOMException('over', 'TimeoutError'));
  await expect(reading).rejects.toMatchObject({ code: 'timeout' });
  await expect(leaving).rejects.toMatchObject({ code: 'timeout' });
  expect(store.read()).toBeUndefined();
  timeout.mockRestore();
});

test('a server that cannot be reached ends nothing', async () => {
  const fetch = vi.fn<typeof globalThis.fetch>(() => Promise.reject(new TypeError('no route')));
  const store = createMemoryTokenStore(tokens('old', 0));
  const auth = createAuth({ url: '', tokens: store, fetch, now: () => 0 });
  await expect(auth.getToken()).rejects.toMatchObject({ code: 'network' });
  expect(store.read()?.access).toBe('old');
});

test('a sign-out during a refresh stands', async () => {
  const store = createMemoryTokenStore(tokens('old', 0));
  const fetch = vi.fn<typeof globalThis.fetch>(() => {
    store.write(undefined);
    return Promise.resolve(answer(200, pair('new')));
  });
  const auth = createAuth({ url: '', tokens: store, fetch, now: () => 0 });
  await expect(auth.getToken()).rejects.toMatchObject({ code: 'signed_out' });
  expect(store.read()).toBeUndefined();
});

test('a refusal carries the server’s code, its fields and the time to wait', async () => {
  const problem = { code: 'rate_limited', detail: 'Slow down.', retryable: true };
  const response = answer(429, problem);
  response.headers.set('Retry-After', '7');
  const fetch = vi.fn<typeof globalThis.fetch>(() => Promise.resolve(response));
  const auth = createAuth({ url: '', tokens: createMemoryTokenStore(), fetch });
  await expect(auth.login('a@b.c', 'x')).rejects.toMatchObject({ failure: { ...problem, retryAfter: 7 } });
});
