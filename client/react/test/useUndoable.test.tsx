import { createClient, type Client, type Conversation } from '@bitworks/sdk';
import { act, cleanup, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BitworksProvider, useUndoable } from '../src/index.js';

let client: Client;

beforeEach(() => {
  const getToken = () => Promise.resolve('token');
  const real = createClient({ url: 'http://localhost:1', userId: 'u', getToken });
  client = { ...real, connect: vi.fn(), close: vi.fn() };
});
afterEach(cleanup);

const times = { created_at: '2026-01-01T00:00:00.000Z', updated_at: '2026-01-01T00:00:00.000Z' };
const row: Conversation = {
  ...{ id: 'tea', user_id: 'u', title: 'Tea', metadata: {}, ...times, position: 1, revision: 1 },
};

function Undoable() {
  const undoable = useUndoable();
  return <p>{undoable ? `${undoable.write.event} ${undoable.write.input.id}` : 'nothing'}</p>;
}

test('the latest deletion can be undone until it is sent, and is not there once it was', () => {
  client.store.dispatch({ type: 'conversations-read', rows: [row], next: undefined });
  render(
    <BitworksProvider client={client}>
      <Undoable />
    </BitworksProvider>,
  );
  expect(screen.getByText('nothing')).toBeDefined();
  remove();
  expect(screen.getByText('conversation:delete tea')).toBeDefined();
  act(() => client.discard(client.store.getSnapshot().state.pending[0]?.key ?? ''));
  expect(screen.getByText('nothing')).toBeDefined();
  remove();
  act(() => client.release());
  expect(screen.getByText('nothing')).toBeDefined();
});

function remove(): void {
  act(() => void client.deleteConversation('tea', { undoFor: 60_000 }));
}
