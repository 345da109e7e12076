// @vitest-environment happy-dom
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { hasBeenHere, noteVisit } from '../src/session/visits';
import { CONTENT_LIMIT, isSendable } from '../src/thread/contentLimit';
import { forgetDrafts, keepDraft, readDraft } from '../src/thread/drafts';

beforeEach(() => localStorage.clear());

test('a draft is there until it is sent', () => {
  expect(keepDraft('c', 'half a thought')).toBe(true);
  expect(readDraft('c')).toBe('half a thought');
  expect(keepDraft('c', '')).toBe(true);
  expect(readDraft('c')).toBe('');
});

test('one that could never be sent is not kept, and small ones after it are', () => {
  expect(keepDraft('long', 'x'.repeat(3_500_000))).toBe(false);
  expect(readDraft('long')).toBe('');
  expect(keepDraft('small', 'a word')).toBe(true);
});

test('what was kept of it before it grew too long stays', () => {
  keepDraft('c', 'the beginning');
  keepDraft('c', 'x'.repeat(CONTENT_LIMIT + 1));
  expect(readDraft('c')).toBe('the beginning');
});

test('long drafts leave room for the sign-in and for small ones', () => {
  const long = 'x'.repeat(CONTENT_LIMIT);
  expect(['a', 'b', 'c', 'd', 'e'].map((of) => keepDraft(of, long))).toEqual([true, true, true, true, false]);
  expect(keepDraft('d', 'x'.repeat(CONTENT_LIMIT - 1))).toBe(true);
  expect(keepDraft('small', 'a word')).toBe(true);
});

test('where the browser keeps nothing for a site, one can write and be here all the same', () => {
  const refused = vi.spyOn(window, 'localStorage', 'get').mockImplementation(() => {
    throw new DOMException('refused', 'SecurityError');
  });
  onTestFinished(() => refused.mockRestore());
  expect(keepDraft('c', 'a thought')).toBe(false);
  expect(keepDraft('c', '')).toBe(true);
  expect(readDraft('c')).toBe('');
  forgetDrafts();
  noteVisit();
  expect(hasBeenHere()).toBe(false);
});

test('all of them are forgotten at once, and nothing else', () => {
  keepDraft('a', 'one');
  localStorage.setItem('bitworks.language', 'es');
  forgetDrafts();
  expect(readDraft('a')).toBe('');
  expect(localStorage.getItem('bitworks.language')).toBe('es');
});

test('a message is as long as its code points, of which some take two places', () => {
  expect(isSendable('x'.repeat(CONTENT_LIMIT))).toBe(true);
  expect(isSendable('x'.repeat(CONTENT_LIMIT + 1))).toBe(false);
  expect(isSendable('😀'.repeat(CONTENT_LIMIT))).toBe(true);
  expect(isSendable(`${'😀'.repeat(CONTENT_LIMIT)}x`)).toBe(false);
});
