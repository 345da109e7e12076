// @vitest-environment happy-dom
import type { KeyboardEvent } from 'react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

const GLASS = ['(pointer: coarse)'];

beforeEach(() => void vi.resetModules());
afterEach(() => void vi.unstubAllGlobals());

/** What a key does on a machine of which these media queries are true, after others were pressed. */
async function isEnd(machine: readonly string[], key: Partial<KeyboardEvent>, ...before: readonly string[]) {
  vi.stubGlobal('matchMedia', (query: string) => ({ matches: machine.includes(query) }));
  const { endsText } = await import('../src/thread/enterKey');
  const pressed = (one: Partial<KeyboardEvent>) => endsText({ code: '', ...one } as KeyboardEvent);
  for (const one of before) pressed({ key: one });
  return pressed({ key: 'Enter', ...key });
}

test('at a desk Enter sends, and with Shift begins a line', async () => {
  expect(await isEnd([], {})).toBe(true);
  expect(await isEnd([], { shiftKey: true })).toBe(false);
  expect(await isEnd([], { key: 'a' })).toBe(false);
});

test('on a phone Enter begins a line', async () => {
  expect(await isEnd(GLASS, {})).toBe(false);
  expect(await isEnd(GLASS, { code: 'Enter' })).toBe(false);
});

test('on a phone with a pen too', async () => {
  expect(await isEnd([...GLASS, '(any-pointer: fine)'], {})).toBe(false);
});

test('on a tablet with a keyboard Enter sends', async () => {
  expect(await isEnd([...GLASS, '(any-pointer: fine)'], { code: 'Enter' })).toBe(true);
  expect(await isEnd(GLASS, { metaKey: true })).toBe(true);
});

test('once a key was pressed that no glass has, Enter sends', async () => {
  expect(await isEnd(GLASS, {}, 'a', 'Escape')).toBe(true);
});
