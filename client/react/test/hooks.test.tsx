import { createClient, type Client, type Message, type StateEvent } from '@bitworks/sdk';
import { act, cleanup, render, screen } from '@testing-library/react';
import { memo, StrictMode, type ReactNode } from 'react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  BitworksProvider,
  useConnection,
  useConversation,
  useConversations,
  useContextWindow,
  useMessages,
  useSend,
  useStreamingMessage,
  useTyping,
} from '../src/index.js';

const at = '2026-01-01T00:00:00.000Z';
const calls = { connect: vi.fn(), close: vi.fn() };
let client: Client;

beforeEach(() => {
  calls.connect.mockReset();
  calls.close.mockReset();
  const real = createClient({
    url: 'http://localhost:1',
    userId: 'u',
    getToken: () => Promise.resolve('token'),
  });
  client = { ...real, ...calls };
});
afterEach(cleanup);

function conversation(id: string, revision: number, title = id): StateEvent {
  const data = {
    id,
    user_id: 'u',
    title,
    metadata: {},
    created_at: at,
    updated_at: at,
    position: revision,
    revision,
  };
  return { type: 'changed', change: { event: 'conversation:created', data }, cursor: `e.${revision}` };
}

function message(
  id: string,
  position: number,
  revision: number,
  content = id,
  status: Message['status'] = 'complete',
): StateEvent {
  const data = {
    ...{
      id,
      conversation_id: 'c',
      role: 'user' as const,
      content,
      status,
      metadata: {},
    },
    ...{ token_count: null, timestamp: at, edited_at: null, position, revision },
  };
  return { type: 'changed', change: { event: 'message:updated', data }, cursor: `e.${revision}` };
}

function dispatch(...events: StateEvent[]): void {
  act(() => events.forEach((event) => client.store.dispatch(event)));
}

function show(children: ReactNode) {
  return render(
    <StrictMode>
      <BitworksProvider client={client}>{children}</BitworksProvider>
    </StrictMode>,
  );
}

function Titles() {
  return (
    <p>
      {useConversations()
        .conversations.map(({ record }) => record.title)
        .join(' ')}
    </p>
  );
}

test('a list follows what happens', () => {
  show(<Titles />);
  dispatch({ type: 'synced', revision: 0, cursor: 'e.0' }, conversation('one', 1), conversation('two', 2));
  expect(screen.getByText('two one')).toBeDefined();
});

test('the provider connects while it is there, and leaves no connection behind in StrictMode', () => {
  const { unmount } = show(<Titles />);
  expect(calls.connect.mock.calls.length - calls.close.mock.calls.length).toBe(1);
  unmount();
  expect(calls.connect.mock.calls.length).toBe(calls.close.mock.calls.length);
});

test('a change of one message renders that message and no other', () => {
  const renders = new Map<string, number>();
  const Row = memo(function Row({ id, content }: { id: string; content: string }) {
    renders.set(id, (renders.get(id) ?? 0) + 1);
    return <li>{content}</li>;
  });
  let listRenders = 0;
  function Thread() {
    listRenders++;
    return useMessages('c').messages.map(({ record }) => (
      <Row key={record.id} id={record.id} content={record.content} />
    ));
  }
  render(
    <BitworksProvider client={client}>
      <Thread />
    </BitworksProvider>,
  );
  dispatch({ type: 'synced', revision: 0, cursor: 'e.0' }, conversation('c', 1));
  dispatch(...Array.from({ length: 20 }, (_, index) => message(`m${index}`, index + 2, index + 2)));
  const before = listRenders;
  dispatch(message('m7', 9, 30, 'changed'));
  expect(screen.getByText('changed')).toBeDefined();
  expect(listRenders).toBe(before + 1);
  expect(Object.fromEntries(renders)).toEqual({
    ...Object.fromEntries([...renders.keys()].map((id) => [id, 1])),
    m7: 2,
  });
});

test('what happens elsewhere renders nothing', () => {
  let renders = 0;
  function One() {
    renders++;
    return <p>{useConversation('c').conversation?.record.title}</p>;
  }
  render(
    <BitworksProvider client={client}>
      <One />
    </BitworksProvider>,
  );
  dispatch({ type: 'synced', revision: 0, cursor: 'e.0' }, conversation('c', 1));
  const before = renders;
  dispatch(conversation('other', 2), conversation('another', 3));
  dispatch(message('m', 4, 4));
  expect(renders).toBe(before);
});

test('a conversation that was deleted is absent', () => {
  const Status = () => <p>{useConversation('c').status}</p>;
  show(<Status />);
  expect(screen.getByText('loading')).toBeDefined();
  dispatch({ type: 'synced', revision: 0, cursor: 'e.0' }, conversation('c', 1));
  expect(screen.getByText('ready')).toBeDefined();
  const change = { event: 'conversation:deleted' as const, data: { id: 'c', revision: 2 } };
  dispatch({ type: 'changed', change, cursor: 'e.2' });
  expect(screen.getByText('absent')).toBeDefined();
});

test('the state of the connection is told', () => {
  const Status = () => <p>{useConnection().status}</p>;
  show(<Status />);
  expect(screen.getByText('connecting')).toBeDefined();
  act(() => client.store.setStatus('live'));
  expect(screen.getByText('live')).toBeDefined();
});

test('a word that is written renders its message, and neither the list nor another message', async () => {
  const renders = new Map<string, number>();
  const count = (name: string) => renders.set(name, (renders.get(name) ?? 0) + 1);
  const Row = memo(function Row({ message }: { message: Message }) {
    count(message.id);
    return <li>{useStreamingMessage(message).content}</li>;
  });
  function Thread() {
    count('list');
    return useMessages('c').messages.map(({ record }) => <Row key={record.id} message={record} />);
  }
  render(
    <BitworksProvider client={client}>
      <Thread />
    </BitworksProvider>,
  );
  dispatch({ type: 'synced', revision: 0, cursor: 'e.0' }, conversation('c', 1));
  dispatch(message('m1', 2, 2), message('m2', 3, 3, '', 'streaming'));
  const before = new Map(renders);
  for (const [offset, text] of ['w', 'o', 'r', 'd', 's'].entries()) {
    act(() => client.store.dispatch({ type: 'delta', messageId: 'm2', offset, text }));
  }
  expect(await screen.findByText('words')).toBeDefined();
  expect(renders.get('list')).toBe(before.get('list'));
  expect(renders.get('m1')).toBe(before.get('m1'));
  dispatch(message('m2', 3, 4, 'words and an end'));
  expect(screen.getByText('words and an end')).toBeDefined();
});

test('that another device types is told in that conversation only', () => {
  const Status = ({ id }: { id: string }) => <p>{`${id} ${String(useTyping(id).isTyping)}`}</p>;
  show([<Status key="c" id="c" />, <Status key="d" id="d" />]);
  dispatch({ type: 'typing', conversationId: 'c' });
  expect(screen.getByText('c true')).toBeDefined();
  expect(screen.getByText('d false')).toBeDefined();
});

test('the window is read again when a message comes, and stays while it is read', async () => {
  const window = (budget: number) => ({
    messages: [],
    token_count: 0,
    budget,
    reserved: 0,
    exact: true,
    dropped: [],
  });
  const budgets = [100, 200];
  const readWindow = vi.fn(() => Promise.resolve({ ok: true as const, data: window(budgets.shift() ?? 0) }));
  client = { ...client, readWindow };
  const Budget = () => <p>{useContextWindow('c').window?.budget ?? 'none'}</p>;
  show(<Budget />);
  dispatch({ type: 'synced', revision: 0, cursor: 'e.0' }, conversation('c', 1));
  act(() => client.store.setStatus('live'));
  expect(await screen.findByText('100')).toBeDefined();
  dispatch(message('m', 2, 2));
  expect(screen.getByText('100')).toBeDefined();
  expect(await screen.findByText('200')).toBeDefined();
  expect(readWindow).toHaveBeenCalledTimes(2);
});

test('what is sent shows at once, and what sends it stays the same', () => {
  const sends = new Set<unknown>();
  function Thread() {
    const send = useSend('c');
    sends.add(send);
    const { messages } = useMessages('c');
    return (
      <button onClick={() => send('Hello')}>
        {messages.map(({ record }) => record.content).join() || 'none'}
      </button>
    );
  }
  show(<Thread />);
  dispatch({ type: 'synced', revision: 0, cursor: 'e.0' }, conversation('c', 1));
  act(() => screen.getByText('none').click());
  expect(screen.getByText('Hello')).toBeDefined();
  expect(client.store.getSnapshot().state.pending).toHaveLength(1);
  // StrictMode makes one of its own to throw away.
  expect(sends.size).toBeLessThanOrEqual(2);
});
