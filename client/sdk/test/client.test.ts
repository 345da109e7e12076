import 'fake-indexeddb/auto';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createClient, type Client } from '../src/client.js';
import { FakeLocks } from './fakeLocks.js';
import { SocketServer } from './socketServer.js';

let server: SocketServer;
let url: string;
let clients: Client[];
let token = 'token';
const getToken = vi.fn(() => Promise.resolve(token));

beforeEach(async () => {
  token = 'token';
  getToken.mockClear();
  clients = [];
  server = new SocketServer();
  url = await server.listen();
});
afterEach(async () => {
  for (const client of clients) await client.forget();
  await server.close();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

function start(): Client {
  const client = createClient({ url, userId: 'u', getToken });
  clients.push(client);
  client.connect();
  return client;
}

function status({ store }: Client) {
  return store.getSnapshot().connection.status;
}

async function live(...some: Client[]): Promise<void> {
  for (const client of some) await vi.waitFor(() => expect(status(client)).toBe('live'), 5_000);
}

function titles({ store, views }: Client) {
  return views.conversations(store.getSnapshot().state).map(({ record }) => record.id);
}

function said({ store, views }: Client, id: string) {
  const { state } = store.getSnapshot();
  return views.messages(state, id).map(({ record, pending }) => [record.content, pending?.status]);
}

describe('one tab', () => {
  test('comes back after a loss and misses nothing', async () => {
    const client = start();
    client.watch('conversations');
    await live(client);
    server.drop();
    server.model.createConversation('missed');
    await vi.waitFor(() => expect(titles(client)).toEqual(['missed']), 5_000);
    expect(server.connects.map(({ since }) => since)).toEqual([undefined, 'epoch.0']);
  });

  test('shows what it knew before the network answers, and asks only for what changed', async () => {
    server.model.createConversation('c');
    const before = start();
    before.watch('conversations');
    before.watch('messages/c');
    await live(before);
    await before.sendMessage('c', 'said').settled;
    await vi.waitFor(() => expect(said(before, 'c')).toEqual([['said', undefined]]));
    before.close();
    await server.close();
    const after = start();
    after.watch('messages/c');
    await vi.waitFor(() => expect(said(after, 'c')).toEqual([['said', undefined]]));
    expect(titles(after)).toEqual(['c']);
    expect(status(after)).not.toBe('live');
  });

  test('after a start that knew the history, reads none of it again', async () => {
    server.model.createConversation('c');
    const before = start();
    for (const key of ['conversations', 'messages/c'] as const) before.watch(key);
    await live(before);
    await before.sendMessage('c', 'said').settled;
    await vi.waitFor(() => expect(said(before, 'c')).toHaveLength(1));
    before.close();
    server.asked.splice(0);
    server.model.createConversation('d');
    const after = start();
    for (const key of ['conversations', 'messages/c'] as const) after.watch(key);
    await live(after);
    await vi.waitFor(() => expect(said(after, 'c')).toEqual([['said', undefined]]));
    expect(titles(after)).toEqual(['d', 'c']);
    expect(server.connects.at(-1)?.since).toBe('epoch.2');
    expect(server.asked).toEqual([]);
  });

  test('sends what was written offline after a reload, in order, once', async () => {
    await server.close();
    const before = start();
    const { id } = before.createConversation('Offline');
    for (const text of ['one', 'two', 'three']) before.sendMessage(id, text);
    await vi.waitFor(() => expect(status(before)).toBe('offline'));
    before.close();
    server = new SocketServer();
    await server.listen(Number(new URL(url).port));
    const after = start();
    await live(after);
    await vi.waitFor(() => expect(server.model.messagesOf(id)).toHaveLength(3), 5_000);
    expect(server.model.messagesOf(id).map(({ content }) => content)).toEqual(['one', 'two', 'three']);
    expect(server.asked.map(({ event }) => event).filter((event) => event.endsWith(':create'))).toHaveLength(
      4,
    );
    await vi.waitFor(() => expect(after.store.getSnapshot().state.pending).toEqual([]));
  });

  test('a token that is refused is renewed once, and then the sign-in is over', async () => {
    server.refused.add('token');
    getToken.mockImplementation(() => Promise.resolve(token));
    const client = start();
    await vi.waitFor(() => expect(getToken).toHaveBeenCalledWith({ force: true }));
    await vi.waitFor(() => expect(status(client)).toBe('signed-out'), 5_000);
  });

  test('a token about to end is renewed on the living socket', async () => {
    const client = start();
    await live(client);
    token = 'fresh';
    server.emit('session:expiring', { expires_at: '2026-01-01T00:00:00.000Z' });
    await vi.waitFor(() =>
      expect(server.asked).toContainEqual({ event: 'session:renew', input: { token: 'fresh' } }),
    );
    expect(server.connects).toHaveLength(1);
  });

  test('a message that is being written grows, and is asked for by who comes in the middle', async () => {
    server.model.createConversation('c');
    const row = server.model.conversations.get('c');
    if (!row) throw new Error('The server has no conversation.');
    server.model.openMessage(row, 'answer');
    server.model.append('answer', 'What was said before, ');
    const client = start();
    client.watch('messages/c');
    await live(client);
    const text = () => client.store.getSnapshot().state.streams.get('answer');
    await vi.waitFor(() => expect(text()).toBe('What was said before, '));
    server.say(server.model.append('answer', 'and after.'));
    await vi.waitFor(() => expect(text()).toBe('What was said before, and after.'));
    server.tell(server.model.closeMessage('answer'));
    await vi.waitFor(() =>
      expect(said(client, 'c')).toEqual([['What was said before, and after.', undefined]]),
    );
    expect(text()).toBeUndefined();
  });

  test('refuses at once, while offline, what is meant for this moment, and keeps none of it', async () => {
    await server.close();
    const client = start();
    await vi.waitFor(() => expect(status(client)).toBe('offline'), 5_000);
    const outcomes = await Promise.all([client.stop('m'), client.reply('m')]);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ ok: false, failure: { code: 'disconnected', retryable: true } });
    }
    expect(client.store.getSnapshot().state.pending).toEqual([]);
  });

  test('forgets everything at sign-out', async () => {
    const client = start();
    client.watch('conversations');
    await live(client);
    await client.createConversation('Secret').settled;
    await client.forget();
    await server.close();
    const after = start();
    await vi.waitFor(() => expect(status(after)).toBe('offline'), 5_000);
    expect(titles(after)).toEqual([]);
  });
});

describe('the tabs of a browser', () => {
  beforeEach(() => vi.stubGlobal('navigator', { locks: new FakeLocks() }));

  async function startTabs(count: number): Promise<Client[]> {
    const tabs = Array.from({ length: count }, start);
    for (const tab of tabs) tab.watch('conversations');
    await live(...tabs);
    return tabs;
  }

  test('share one socket, and all hear of everything', async () => {
    const tabs = await startTabs(3);
    expect(server.sockets).toBe(1);
    server.tell(server.model.createConversation('c'));
    for (const tab of tabs) await vi.waitFor(() => expect(titles(tab)).toEqual(['c']));
    expect(server.connects).toHaveLength(1);
  });

  test('see what is written in one of them at once, and it is sent once', async () => {
    const [leader, follower] = await startTabs(2);
    if (!leader || !follower) throw new Error('There are two tabs.');
    const { id, settled } = follower.createConversation('Here');
    await vi.waitFor(() => expect(titles(leader)).toEqual([id]));
    expect((await settled).ok).toBe(true);
    for (const tab of [leader, follower])
      await vi.waitFor(() => expect(tab.store.getSnapshot().state.pending).toEqual([]));
    expect(server.asked.filter(({ event }) => event === 'conversation:create')).toHaveLength(1);
  });

  test('go on when the one with the socket is closed, and miss nothing', async () => {
    const [leader, ...followers] = await startTabs(3);
    leader?.close();
    server.model.createConversation('missed');
    for (const tab of followers) await vi.waitFor(() => expect(titles(tab)).toEqual(['missed']), 5_000);
    await live(...followers);
    expect(server.sockets).toBe(1);
  });

  describe('where a text grows of which only the beginning was kept', () => {
    const text = ({ store }: Client) => store.getSnapshot().state.streams.get('answer');

    beforeEach(async () => {
      server.model.createConversation('c');
      const row = server.model.conversations.get('c');
      if (!row) throw new Error('The server has no conversation.');
      server.model.openMessage(row, 'answer');
      const [before] = await startTabs(1);
      before?.watch('messages/c');
      await vi.waitFor(() => expect(before && text(before)).toBe(''));
      before?.close();
      server.model.append('answer', 'one ');
    });

    test('have all of it when they look at it', async () => {
      const tabs = await startTabs(2);
      for (const tab of tabs) tab.watch('messages/c');
      for (const tab of tabs) await vi.waitFor(() => expect(text(tab)).toBe('one '));
    });

    test('have all of it when they looked at it before they were connected', async () => {
      await server.close();
      const tabs = [start(), start()];
      for (const tab of tabs) tab.watch('messages/c');
      for (const tab of tabs) await vi.waitFor(() => expect(text(tab)).toBe(''));
      server = new SocketServer(server.model);
      await server.listen(Number(new URL(url).port));
      await live(...tabs);
      for (const tab of tabs) await vi.waitFor(() => expect(text(tab)).toBe('one '));
    });
  });

  test('take over what the one that closed had still to send', async () => {
    const [leader, follower] = await startTabs(2);
    await server.close();
    const { id } = leader?.createConversation('Unsent') ?? { id: '' };
    leader?.close();
    server = new SocketServer();
    await server.listen(Number(new URL(url).port));
    await vi.waitFor(() => expect([...server.model.conversations.keys()]).toEqual([id]), 5_000);
    if (follower) await live(follower);
  });

  test('do not wait for one that does not answer any more', async () => {
    const tabs = await startTabs(2);
    const frozen = vi.spyOn(BroadcastChannel.prototype, 'postMessage').mockImplementation(() => undefined);
    for (const tab of tabs) tab.wake();
    await vi.waitFor(() => expect(server.connects).toHaveLength(2), 10_000);
    frozen.mockRestore();
    await live(...tabs);
    expect(server.sockets).toBe(1);
  }, 20_000);

  test('have a socket each where they cannot be told apart', async () => {
    vi.stubGlobal('navigator', {});
    await startTabs(2);
    expect(server.sockets).toBe(2);
  });
});
