import 'fake-indexeddb/auto';
import { beforeEach, expect, test, vi } from 'vitest';
import { createArchive, type Archive } from '../src/archive/archive.js';
import { answerTo, createDatabase } from '../src/archive/database.js';
import { createFollower } from '../src/connection/follower.js';
import { createStore, type Store } from '../src/state/store.js';
import { readEvent } from '../src/wire/events.js';
import type { Guard, Kind, Row } from '../src/wire/kinds.js';
import { cursorOf, ModelServer } from './modelServer.js';

interface Folder extends Row {
  readonly position: number;
  readonly name: string;
}

// What a kind takes that has no rules of its own: one line in the table, and nothing anywhere else.
vi.mock('../src/wire/kinds.js', async (importOriginal) => {
  const kinds = await importOriginal<{ KINDS: object; isRow: Guard<Row> }>();
  const { KINDS, isRow } = kinds;
  const folder: Kind = { collection: 'folders', key: 'id', isRow, isTombstone: isRow };
  return { ...kinds, KINDS: { ...KINDS, folder } };
});

let names = 0;
let name: string;
let archive: Archive;
let store: Store;

beforeEach(async () => {
  name = `kinds ${++names}`;
  await start();
  store.dispatch({ type: 'synced', revision: 0, cursor: cursorOf(0) });
});

/** As a visit begins: with what the one before has kept. */
async function start(): Promise<void> {
  archive = createArchive(name);
  store = createStore(archive.record);
  const restored = await archive.restore();
  if (restored) store.dispatch(restored);
}

async function reload(): Promise<void> {
  await archive.flush();
  archive.close();
  await start();
}

function folder(revision: number, fields: Partial<Folder> = {}): Folder {
  return { id: 'f', position: 1, revision, name: `name ${revision}`, ...fields };
}

function receive(event: string, args: readonly unknown[]): void {
  const received = readEvent(event, args);
  if (received) store.dispatch(received);
}

function push(event: string, data: Row): void {
  receive(event, [data, cursorOf(data.revision)]);
}

function held(): readonly Folder[] {
  const { folders } = store.getSnapshot().state as unknown as { folders: ReadonlyMap<string, Folder> };
  return [...folders.values()];
}

test('a row of the kind is pushed, replaced by a newer revision, and not by an older one', () => {
  push('folder:created', folder(1));
  expect(held()).toEqual([folder(1)]);
  push('folder:updated', folder(3));
  expect(held()).toEqual([folder(3)]);
  push('folder:updated', folder(2));
  expect(held()).toEqual([folder(3)]);
  expect(store.getSnapshot().state.revision).toBe(3);
});

test('of two rows that come by answers, without regard to the cursor, the newer one stays', () => {
  for (const revision of [5, 4]) {
    const event = { type: 'answered', change: { event: 'folder:updated', data: folder(revision) } };
    store.dispatch(event as unknown as Parameters<Store['dispatch']>[0]);
  }
  expect(held()).toEqual([folder(5)]);
});

test('its tombstone drops it, and it does not come back', () => {
  push('folder:created', folder(1));
  push('folder:created', folder(2, { id: 'other' }));
  push('folder:deleted', { id: 'f', revision: 3 });
  expect(held()).toEqual([folder(2, { id: 'other' })]);
  push('folder:updated', folder(4));
  expect(held()).toHaveLength(1);
});

test('what is not a row of it is not let in', () => {
  push('folder:created', { id: 'f' } as Row);
  push('folder:renamed', folder(1));
  push('shelf:created', folder(1));
  expect(held()).toEqual([]);
  expect(store.getSnapshot().state.revision).toBe(0);
});

test('a page of sync brings it as a push does', async () => {
  const follower = createFollower({
    ...{ id: 'tab', onSilence: vi.fn(), onStatus: vi.fn(), onEvent: receive },
    getPosition: () => store.getSnapshot().state,
    post(message) {
      if (message.type !== 'ask') return;
      expect(message.event).toBe('sync');
      const changes = [{ event: 'folder:updated', data: folder(7), revision: 7 }];
      const data = { changes, cursor: cursorOf(7), more: false };
      const answer = { ok: true, data, revision: undefined, next: undefined } as const;
      queueMicrotask(() => follower.hear({ type: 'answer', to: 'tab', id: message.id, answer }));
    },
  });
  const position = { revision: 7, cursor: cursorOf(7) };
  follower.hear({ type: 'status', status: 'live', position, leader: 'leader', seq: 1 });
  await vi.waitFor(() => expect(held()).toEqual([folder(7)]));
  expect(store.getSnapshot().state.cursor).toBe(cursorOf(7));
});

test('it is there after a reload, and so is that it was deleted', async () => {
  push('folder:created', folder(1));
  push('folder:created', folder(2, { id: 'other' }));
  await reload();
  expect(held()).toEqual([folder(1), folder(2, { id: 'other' })]);
  push('folder:updated', folder(3));
  push('folder:deleted', { id: 'other', revision: 4 });
  await reload();
  expect(held()).toEqual([folder(3)]);
});

test('a reset empties it, here and in what is kept', async () => {
  push('folder:created', folder(1));
  store.dispatch({ type: 'reset', cursor: 'other.0' });
  expect(held()).toEqual([]);
  await reload();
  expect(held()).toEqual([]);
});

test('deleting a conversation leaves it alone', () => {
  const server = new ModelServer();
  push('folder:created', folder(1));
  push('conversation:created', { ...server.createConversation('c').data, revision: 2 });
  push('conversation:deleted', { id: 'c', revision: 3 });
  expect(held()).toEqual([folder(1)]);
});

test('an archive that was made before there was the kind makes room for it, and keeps the rest', async () => {
  const older = `kinds ${++names}`;
  const stores = ['head', 'conversations', 'contexts', 'threads', 'outbox'] as const;
  const before = createDatabase<Record<string, object>>(older, stores, () => undefined);
  const database = await before.open();
  const write = { key: 'k', write: { event: 'conversation:create', input: { id: 'c' } }, at: '' };
  await answerTo(database.transaction(['outbox'], 'readwrite').objectStore('outbox').put(write, 'k'));
  before.close();
  archive.close();
  name = older;
  await start();
  expect(await archive.outbox.load()).toEqual([write]);
  store.dispatch({ type: 'synced', revision: 0, cursor: cursorOf(0) });
  push('folder:created', folder(1));
  await reload();
  expect(held()).toEqual([folder(1)]);
});
