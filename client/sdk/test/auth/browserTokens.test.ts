// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from 'vitest';
import { createBrowserTokenStore } from '../../src/auth/browserTokens.js';

const TOKENS = {
  access: 'a',
  refresh: 'r',
  expiresAt: 1,
  user: { id: '01900000-0000-7000-8000-000000000000', email: 'ana@example.org' },
};

beforeEach(() => {
  localStorage.clear();
});

test('a sign-in is still there after a reload', () => {
  createBrowserTokenStore().write(TOKENS as never);
  expect(createBrowserTokenStore().read()).toEqual(TOKENS);
});

test('one sign-in is read as the same object, so that nothing renders again', () => {
  const store = createBrowserTokenStore();
  store.write(TOKENS as never);
  expect(store.read()).toBe(store.read());
});

test('signing out in one tab is told in the others', () => {
  const [here, listener] = [createBrowserTokenStore(), vi.fn()];
  here.write(TOKENS as never);
  here.subscribe(listener);
  localStorage.removeItem('bitworks.tokens');
  window.dispatchEvent(new StorageEvent('storage', { key: 'bitworks.tokens' }));
  expect(listener).toHaveBeenCalledOnce();
  expect(here.read()).toBeUndefined();
});

test('whoever has unsubscribed is told nothing', () => {
  const [store, listener] = [createBrowserTokenStore(), vi.fn()];
  store.subscribe(listener)();
  store.write(undefined);
  expect(listener).not.toHaveBeenCalled();
});

test('what is no sign-in, or not JSON, is none', () => {
  for (const text of ['{', '{}', 'null']) {
    localStorage.setItem('bitworks.tokens', text);
    expect(createBrowserTokenStore().read()).toBeUndefined();
  }
});

test('pages of one origin may sign in apart', () => {
  createBrowserTokenStore('one').write(TOKENS as never);
  expect(createBrowserTokenStore('other').read()).toBeUndefined();
});

test('where nothing can be kept, a sign-in lasts as long as the page', () => {
  vi.spyOn(Storage.prototype, 'getItem').mockImplementation(() => {
    throw new DOMException('refused', 'SecurityError');
  });
  vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError');
  });
  const store = createBrowserTokenStore();
  store.write(TOKENS as never);
  expect(store.read()).toEqual(TOKENS);
  vi.restoreAllMocks();
});

test('where the storage is full, a sign-in that was kept before does not come back', () => {
  const store = createBrowserTokenStore();
  store.write(TOKENS as never);
  vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError');
  });
  store.write({ ...TOKENS, refresh: 'next' } as never);
  expect(store.read()).toEqual({ ...TOKENS, refresh: 'next' });
  localStorage.removeItem('bitworks.tokens');
  window.dispatchEvent(new StorageEvent('storage', { key: 'bitworks.tokens' }));
  expect(store.read()).toBeUndefined();
  vi.restoreAllMocks();
});
