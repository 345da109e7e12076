import { createClient, type Client, type ReadKey } from '@bitworks/sdk';
import { act, cleanup, render, screen } from '@testing-library/react';
import { StrictMode } from 'react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BitworksProvider, useTitleSearch } from '../src/index.js';

let client: Client;
/** What the server is asked for, and no more. */
let watched: ReadKey[];

beforeEach(() => {
  vi.useFakeTimers();
  watched = [];
  const getToken = () => Promise.resolve('token');
  const real = createClient({ url: 'http://localhost:1', userId: 'u', getToken });
  client = { ...real, connect: vi.fn(), close: vi.fn(), watch };
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

function watch(key: ReadKey): () => void {
  watched.push(key);
  return () => void watched.splice(watched.indexOf(key), 1);
}

function Found({ words }: { words: string }) {
  const { conversations, status } = useTitleSearch(words);
  return <p>{[status, ...conversations.map(({ record }) => record.title)].join(' ')}</p>;
}

function found(words: string) {
  return (
    <StrictMode>
      <BitworksProvider client={client}>
        <Found words={words} />
      </BitworksProvider>
    </StrictMode>
  );
}

function hold(...titles: string[]): void {
  const times = { created_at: '2026-01-01T00:00:00.000Z', updated_at: '2026-01-01T00:00:00.000Z' };
  const rows = titles.map((title, at) => ({
    ...{ id: title, user_id: 'u', title, metadata: {}, ...times, position: at + 1, revision: at + 1 },
  }));
  act(() => client.store.dispatch({ type: 'conversations-read', words: 'tea', rows, next: undefined }));
}

test('what is held is found at once, before the server has been asked', () => {
  client.store.dispatch({ type: 'read-began', key: 'titles/tea' });
  render(found('tea'));
  expect(screen.getByText('loading')).toBeDefined();
  hold('Coffee', 'Green tea');
  expect(screen.getByText('ready Green tea')).toBeDefined();
});

test('the server is asked for what was typed last, and for nothing that was typed on the way', () => {
  const { rerender } = render(found(''));
  for (const words of ['t', 'te', ' tea ']) rerender(found(words));
  expect(watched).toEqual([]);
  act(() => void vi.advanceTimersByTime(1_000));
  expect(watched).toEqual(['titles/tea']);
  rerender(found(''));
  act(() => void vi.advanceTimersByTime(1_000));
  expect(watched).toEqual([]);
});
