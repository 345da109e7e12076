// @vitest-environment happy-dom
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
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
  const refused = vi.spyOn(window, 'localStorage', 'get').mockImplementation(() => {
    throw new DOMException('refused', 'SecurityError');
  });
  onTestFinished(() => refused.mockRestore());
  const store = createBrowserTokenStore();
  store.write(TOKENS as never);
  expect(store.read()).toEqual(TOKENS);
});

test('where the storage is full, a sign-in that was kept before does not come back', () => {
  const store = createBrowserTokenStore();
  store.write(TOKENS as never);
  const full = vi.spyOn(localStorage, 'setItem').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError');
  });
  onTestFinished(() => full.mockRestore());
  store.write({ ...TOKENS, refresh: 'next' } as never);
  expect(localStorage.getItem('bitworks.tokens')).toBe(JSON.stringify(TOKENS));
  expect(store.read()).toEqual({ ...TOKENS, refresh: 'next' });
  localStorage.removeItem('bitworks.tokens');
  window.dispatchEvent(new StorageEvent('storage', { key: 'bitworks.tokens' }));
  expect(store.read()).toBeUndefined();
});
