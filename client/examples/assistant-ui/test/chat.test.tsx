import { createClient, type Change, type Client, type Message, type Outcome } from '@bitworks/sdk';
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { StrictMode } from 'react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Chat } from '../src/Chat';

const at = '2026-01-01T00:00:00.000Z';
const calls = {
  connect: vi.fn(),
  close: vi.fn(),
  stop: vi.fn<Client['stop']>(() => new Promise<never>(() => undefined)),
  reply: vi.fn<Client['reply']>(() => new Promise<never>(() => undefined)),
};
let client: Client;
let revision: number;

beforeEach(() => {
  vi.clearAllMocks();
  revision = 0;
  const getToken = () => Promise.resolve('token');
  client = { ...createClient({ url: 'http://localhost:1', userId: 'u', getToken, keeps: false }), ...calls };
  client.store.dispatch({ type: 'synced', revision, cursor: 'e.0' });
  client.store.dispatch({ type: 'conversations-read', rows: [], next: undefined });
});
afterEach(cleanup);

function happens(change: Change): void {
  act(() => client.store.dispatch({ type: 'changed', change, cursor: `e.${revision}` }));
}

function begin(id: string, title: string): void {
  revision += 1;
  const times = { created_at: at, updated_at: at, position: revision, revision };
  happens({ event: 'conversation:created', data: { id, user_id: 'u', title, metadata: {}, ...times } });
}

function say(
  id: string,
  role: Message['role'],
  content: string,
  status: Message['status'] = 'complete',
): void {
  revision += 1;
  const data: Message = {
    ...{ id, conversation_id: 'c', role, content, status, metadata: {}, token_count: null },
    ...{ timestamp: at, edited_at: null, position: revision, revision },
  };
  happens({ event: 'message:created', data });
}

async function press(name: string): Promise<void> {
  const button = await screen.findByRole('button', { name });
  await act(async () => {
    button.click();
    await Promise.resolve();
  });
}

async function open(title: string): Promise<void> {
  render(
    <StrictMode>
      <Chat client={client} />
    </StrictMode>,
  );
  await press(title);
}

async function write(text: string): Promise<void> {
  const box = await screen.findByRole('textbox', { name: 'Message' });
  fireEvent.change(box, { target: { value: text } });
  await press('Send');
}

test('the list is live, and a conversation chosen in it shows its history', async () => {
  begin('c', 'Cats');
  say('q', 'user', 'Do cats dream?');
  say('a', 'assistant', 'They do.');
  await open('Cats');
  expect(await screen.findByText('Do cats dream?')).toBeDefined();
  expect(await screen.findByText('They do.')).toBeDefined();
  begin('d', 'Dogs');
  expect(await screen.findByText('Dogs')).toBeDefined();
});

test('an answer grows word by word, and can be stopped', async () => {
  begin('c', 'Cats');
  say('q', 'user', 'Do cats dream?');
  await open('Cats');
  say('a', 'assistant', '', 'streaming');
  act(() => client.store.dispatch({ type: 'delta', messageId: 'a', offset: 0, text: 'They ' }));
  act(() => client.store.dispatch({ type: 'delta', messageId: 'a', offset: 5, text: 'do' }));
  expect(await screen.findByText('They do')).toBeDefined();
  await press('Stop');
  expect(calls.stop).toHaveBeenCalledExactlyOnceWith('a');
});

test('the first message begins a conversation, and both wait for the network', async () => {
  render(<Chat client={client} />);
  await write('Hello there');
  expect(await screen.findByText('Hello there', { selector: 'p, span, div' })).toBeDefined();
  expect(await screen.findByText('Sending…')).toBeDefined();
  const writes = client.store.getSnapshot().state.pending.map(({ write }) => write);
  expect(writes.map(({ event }) => event)).toEqual(['conversation:create', 'message:create']);
  expect(writes[0]?.input).not.toHaveProperty('title');
  expect(writes[1]?.input).toMatchObject({ content: 'Hello there', reply: true, on_busy: 'enqueue' });
});

test('a message that was refused says why, and can be discarded', async () => {
  begin('c', 'Cats');
  say('q', 'user', 'Do cats dream?');
  await open('Cats');
  await write('And dogs?');
  const failure = { code: 'no_producer', detail: 'Nobody answers here.', retryable: false };
  const { key } = client.store.getSnapshot().state.pending[0] ?? { key: '' };
  act(() => client.store.dispatch({ type: 'write-failed', key, failure }));
  expect((await screen.findByRole('alert')).textContent).toContain('Nobody answers here.');
  await press('Discard');
  expect(screen.queryByText('And dogs?')).toBeNull();
});

test('asking again asks for another answer to the same question', async () => {
  begin('c', 'Cats');
  say('q', 'user', 'Do cats dream?');
  say('a', 'assistant', 'They do.');
  await open('Cats');
  await press('Ask again');
  expect(calls.reply).toHaveBeenCalledExactlyOnceWith('q', { onBusy: 'enqueue' });
});

test('what was refused elsewhere is told', async () => {
  const failure = { code: 'busy', detail: 'An answer is under way.', retryable: true };
  const refused: Outcome<never> = { ok: false, failure };
  calls.reply.mockResolvedValueOnce(refused);
  begin('c', 'Cats');
  say('q', 'user', 'Do cats dream?');
  say('a', 'assistant', 'They do.');
  await open('Cats');
  await press('Ask again');
  expect(await screen.findByText('An answer is under way.')).toBeDefined();
});
