import { BitworksProvider } from '@bitworks/react';
import { createClient, type Message, type MessageView } from '@bitworks/sdk';
import { act, renderHook } from '@testing-library/react';
import type { ReactNode } from 'react';
import { expect, test } from 'vitest';
import { useThread } from '../src/useThread.js';

const client = {
  ...createClient({
    ...{ url: 'http://localhost:1', userId: 'u', keeps: false },
    getToken: () => Promise.resolve('token'),
  }),
  connect: () => undefined,
};

function Providers({ children }: { children: ReactNode }) {
  return <BitworksProvider client={client}>{children}</BitworksProvider>;
}

function message(id: string, position: number, status: Message['status']): Message {
  return {
    ...{ id, conversation_id: 'c', role: 'assistant', content: '', status, metadata: {}, token_count: null },
    ...{ timestamp: '2026-01-01T00:00:00.000Z', edited_at: null, position, revision: position },
  };
}

test('a word changes the message that grows, and keeps the others as they were', async () => {
  const rows = [message('old', 1, 'complete'), message('new', 2, 'streaming')];
  const seen: (readonly MessageView[])[] = [];
  renderHook(() => seen.push(useThread('c')), { wrapper: Providers });
  act(() => client.store.dispatch({ type: 'messages-read', conversationId: 'c', rows, next: undefined }));
  const before = seen.at(-1);
  act(() => client.store.dispatch({ type: 'delta', messageId: 'new', offset: 0, text: 'Word' }));
  await expect.poll(() => seen.at(-1)?.[1]?.record.content).toBe('Word');
  expect(seen.at(-1)?.[0]).toBe(before?.[0]);
  const { length } = seen;
  act(() => client.store.dispatch({ type: 'typing', conversationId: 'c' }));
  expect(seen.length).toBe(length);
});
