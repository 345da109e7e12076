import 'fake-indexeddb/auto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createArchive, type Archive } from '../../src/archive/archive.js';
import { createStore, type Store } from '../../src/state/store.js';
import { capped } from '../../src/state/threadCap.js';
import type { Change } from '../../src/wire/changes.js';
import type { Conversation, Message } from '../../src/wire/contract.js';
import { cursorOf, ModelServer } from '../modelServer.js';

interface Tab {
  readonly store: Store;
  readonly archive: Archive;
}

let names = 0;
const newName = () => `archive ${++names}`;

/** A tab as it starts: with what was kept, and then with what changed since. */
async function start(name: string, server: ModelServer): Promise<Tab> {
  const archive = createArchive(name);
  const store = createStore(archive.record);
  const restored = await archive.restore();
  if (restored) store.dispatch(restored);
  catchUp({ store, archive }, server);
  return { store, archive };
}

function catchUp({ store }: Tab, server: ModelServer): void {
  const { revision, cursor } = store.getSnapshot().state;
  const missed = cursor === undefined ? [] : server.changesSince(revision);
  for (const change of missed) push({ store }, change);
  store.dispatch({ type: 'synced', revision: server.revision, cursor: cursorOf(server.revision) });
}

function push({ store }: Pick<Tab, 'store'>, change: Change): void {
  store.dispatch({ type: 'changed', change, cursor: cursorOf(change.data.revision) });
}

async function close({ archive }: Tab): Promise<void> {
  await archive.flush();
  archive.close();
}

function conversation(server: ModelServer, id: string): Conversation {
  if (!server.conversations.has(id)) server.createConversation(id);
  const row = server.conversations.get(id);
  if (!row) throw new Error('The server has no conversation.');
  return row;
}

function readList({ store }: Tab, server: ModelServer): void {
  store.dispatch({ type: 'conversations-read', rows: [...server.conversations.values()], next: undefined });
}

/** The newest page of a conversation, or the one before what is held. */
function readThread({ store }: Tab, server: ModelServer, id: string, limit = 3): void {
  const before = store.getSnapshot().state.loaded.get(id)?.next?.before ?? undefined;
  const page = server.pageOfMessages(id, before, limit);
  const next = page.next === undefined ? undefined : { conversation_id: id, before: page.next };
  store.dispatch({ type: 'messages-read', conversationId: id, rows: page.rows, next });
}

/** Looks at a conversation as a start does: what was kept stands, if there is any. */
async function recall({ store, archive }: Tab, id: string): Promise<boolean> {
  const { revision } = store.getSnapshot().state;
  const kept = await archive.thread(id);
  if (!kept || kept.revision < revision) return false;
  store.dispatch({ type: 'messages-read', conversationId: id, rows: kept.rows, next: kept.next });
  return true;
}

test('a start shows what was there, and goes on from its cursor', async () => {
  const [server, name] = [new ModelServer(), newName()];
  const row = conversation(server, 'c');
  for (let count = 0; count < 5; count++) server.createMessage(row);
  server.putContext(row, 0.5);
  const first = await start(name, server);
  readList(first, server);
  readThread(first, server, 'c');
  first.store.dispatch({ type: 'context-read', conversationId: 'c', row: server.contextOf('c') });
  await close(first);
  const again = createArchive(name);
  const restored = await again.restore();
  expect(restored).toMatchObject({ revision: server.revision, cursor: cursorOf(server.revision) });
  expect(restored?.conversations).toEqual([...server.conversations.values()]);
  expect(restored?.contexts).toEqual([server.contextOf('c')]);
  expect((await again.thread('c'))?.rows).toEqual(server.messagesOf('c').slice(-3));
  again.close();
});

test('a reset forgets what was kept, in whichever tab it is heard first', async () => {
  const [server, name] = [new ModelServer(), newName()];
  conversation(server, 'c');
  const tabs = [await start(name, server), await start(name, server)] as const;
  for (const tab of tabs) readList(tab, server);
  await tabs[0].archive.flush();
  const renewed = new ModelServer();
  conversation(renewed, 'other');
  tabs[0].store.dispatch({ type: 'reset', cursor: 'restored.0' });
  readList(tabs[0], renewed);
  await tabs[0].archive.flush();
  readList(tabs[1], server);
  await tabs[1].archive.flush();
  tabs[1].store.dispatch({ type: 'reset', cursor: 'restored.0' });
  await close(tabs[1]);
  await close(tabs[0]);
  const restored = await createArchive(name).restore();
  expect(restored?.conversations.map(({ id }) => id)).toEqual(['other']);
  expect(restored?.cursor).toBe('restored.0');
});

test('forgetting the history keeps the writes that wait, and forgetting all of it does not', async () => {
  const [server, name] = [new ModelServer(), newName()];
  conversation(server, 'c');
  const tab = await start(name, server);
  readList(tab, server);
  await tab.archive.flush();
  const write = { event: 'conversation:create' as const, input: { id: 'd' } };
  tab.archive.outbox.put({ key: 'k', write, at: '', status: 'sending' });
  await tab.archive.forgetHistory();
  expect(await createArchive(name).restore()).toBeUndefined();
  expect(await tab.archive.outbox.load()).toHaveLength(1);
  await tab.archive.forget();
  expect(await createArchive(name).outbox.load()).toEqual([]);
});

test('only the end of a long conversation is kept, and what is before it can be asked for', () => {
  const rows = Array.from(
    { length: 500 },
    (_, index) => ({ position: index + 1, content: 'said' }) as Message,
  );
  const end = capped('c', { rows, from: 0, next: undefined });
  expect(end.rows.length).toBeLessThan(500);
  expect(end.from).toBe(end.rows[0]?.position);
  expect(end.next).toMatchObject({ conversation_id: 'c', before: end.from });
  const [long] = [{ position: 9, content: 'x'.repeat(900_000) } as Message];
  expect(capped('c', { rows: [...rows, long], from: 0, next: undefined }).rows).toEqual([long]);
});

test('what is kept by two tabs is what was there at its revision, whoever writes it down and when', async () => {
  const step = fc.record({ do: fc.nat(9), tab: fc.nat(1), pick: fc.nat(30) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
      const [server, name] = [new ModelServer(), newName()];
      for (const id of ['a', 'b', 'c'])
        for (let n = 0; n < 4; n++) server.createMessage(conversation(server, id));
      const tabs = [await start(name, server), await start(name, server)];
      const behind: Change[][] = [[], []];
      for (const one of steps) {
        const tab = tabs[one.tab];
        const id =
          [...server.conversations.keys()][one.pick % Math.max(1, server.conversations.size)] ?? 'new';
        const queue = behind[one.tab] ?? [];
        const message = server.messagesOf(id)[one.pick % 5];
        const made = change(server, one.do, id, message);
        if (made) for (const waiting of behind) waiting.push(made);
        else if (tab && one.do === 5) for (const late of queue.splice(0)) push(tab, late);
        else if (tab && one.do === 6) readThread(tab, server, id);
        else if (tab && one.do === 7) readList(tab, server);
        else if (tab && one.do === 8) await tab.archive.flush();
        else if (tab) {
          await close(tab);
          tabs[one.tab] = await start(name, server);
          queue.splice(0);
        }
      }
      for (const tab of tabs) await close(tab);
      const last = await start(name, server);
      await assertKeeps(last, server);
      await close(last);
    }),
    { numRuns: 250 },
  );
}, 60_000);

function change(server: ModelServer, kind: number, id: string, message?: Message): Change | undefined {
  if (kind === 0) return server.createMessage(conversation(server, id));
  if (kind === 1) return message && server.editMessage(message, `text ${server.revision}`);
  if (kind === 2) return message && server.deleteMessage(message);
  if (kind === 3) return server.renameConversation(conversation(server, id), `title ${server.revision}`);
  if (kind === 4 && server.conversations.size > 2) return server.deleteConversation(conversation(server, id));
  return undefined;
}

/** Every conversation and every end of one that is kept is as the server has it. */
async function assertKeeps(tab: Tab, server: ModelServer): Promise<void> {
  for (const [id, row] of tab.store.getSnapshot().state.conversations) {
    expect(row).toEqual(server.conversations.get(id));
  }
  for (const id of server.conversations.keys()) {
    if (!(await recall(tab, id))) continue;
    const { loaded, messages } = tab.store.getSnapshot().state;
    const from = loaded.get(id)?.from ?? 0;
    expect(messages.get(id) ?? []).toEqual(server.messagesOf(id).filter(({ position }) => position >= from));
  }
}
