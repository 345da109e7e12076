import type { StateEvent } from '@bitworks/sdk';
import { act } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { useTitleSearch } from '../src/index.js';
import { conversation, synced } from './support/events.js';
import { createStage } from './support/stage.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const asking: StateEvent = { type: 'read-began', key: 'titles/tea' };
const answered: StateEvent = { type: 'conversations-read', words: 'tea', rows: [], next: undefined };

test('what is held is found at once, before the server has been asked', () => {
  const { dispatch, probe } = createStage();
  const search = probe(() => useTitleSearch('tea'));
  dispatch(synced, conversation('c', 1, 'Coffee'), conversation('t', 2, 'Green tea'), asking);
  expect(search.now.status).toBe('loading');
  expect(search.now.conversations.map(({ record }) => record.title)).toEqual(['Green tea']);
  dispatch(answered);
  expect(search.now.status).toBe('ready');
});

test('what is not found renders nothing, and what can be done stays the same', () => {
  const { dispatch, probe } = createStage();
  const search = probe(() => useTitleSearch('tea'));
  dispatch(synced, conversation('t', 1, 'Green tea'));
  const [renders, retry] = [search.renders, search.now.retry];
  dispatch(conversation('c', 2, 'Coffee'));
  expect(search.renders).toBe(renders);
  dispatch(conversation('b', 3, 'Black tea'));
  expect(search.renders).toBe(renders + 1);
  expect(search.now.retry).toBe(retry);
});

test('the server is asked for what was typed last, and for nothing that was typed on the way', () => {
  const { show, watched } = createStage();
  function Search({ words }: { words: string }) {
    useTitleSearch(words);
    return null;
  }
  const { rerender, unmount } = show(<Search words="" />);
  for (const words of ['t', 'te', ' tea ']) rerender(<Search words={words} />);
  expect(watched).toEqual([]);
  act(() => void vi.advanceTimersByTime(1_000));
  expect(watched).toEqual(['titles/tea']);
  rerender(<Search words="" />);
  act(() => void vi.advanceTimersByTime(1_000));
  expect(watched).toEqual([]);
  unmount();
  expect(vi.getTimerCount()).toBe(0);
});
