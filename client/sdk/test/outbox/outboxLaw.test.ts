import 'fake-indexeddb/auto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createArchive, type Archive } from '../../src/archive/archive.js';
import { createOutbox, type Outbox } from '../../src/outbox/outbox.js';
import type { StateEvent } from '../../src/state/events.js';
import { createStore, type Store } from '../../src/state/store.js';
import { createViews } from '../../src/state/views.js';
import type { Change } from '../../src/wire/changes.js';
import { Line, turn } from '../modelLine.js';
import { cursorOf } from '../modelServer.js';

const WRITES = ['create', 'edit', 'edit', 'delete'] as const;
const TRAFFIC = ['act', 'reply', 'serve', 'deliver', 'repeat', 'elsewhere'] as const;
const FAULTS = ['offline', 'online', 'reload'] as const;

interface Step {
  readonly do: (typeof WRITES)[number] | (typeof TRAFFIC)[number] | (typeof FAULTS)[number];
  readonly pick: number;
}

let names = 0;

/** One tab of somebody who writes, over its reloads, and all that is on its way to it. */
class Writer {
  readonly line = new Line((change) => this.push(change));
  /** What was asked for, as the server should do it: in this order, each once. */
  readonly wanted: string[] = [];
  store!: Store;
  outbox!: Outbox;
  private archive!: Archive;
  private readonly name = `outbox law ${++names}`;
  private readonly mine: string[] = [];
  private onTheWay: StateEvent[] = [];
  private readonly seen: StateEvent[] = [];
  private count = 0;

  /** As a page does that is opened: with what was kept, and what waits. */
  async open(): Promise<void> {
    const archive = createArchive(this.name);
    const store = createStore(archive.record);
    const maySend = () => this.line.isConnected && this.archive === archive;
    const { request } = this.line;
    this.archive = archive;
    this.store = store;
    this.outbox = createOutbox({ store, request, maySend, storage: archive.outbox });
    const restored = await archive.restore();
    if (restored) store.dispatch(restored);
    await this.outbox.restore();
  }

  /** Whatever was asked is never answered; what was heard is kept, or not yet. */
  async reload(keepsWhatWasHeard: boolean): Promise<void> {
    const wasConnected = this.line.isConnected;
    this.line.isConnected = false;
    this.line.requests.splice(0);
    if (keepsWhatWasHeard) await this.archive.flush();
    await this.archive.outbox.load();
    this.archive.close();
    await this.open();
    if (wasConnected) this.connect();
  }

  connect(): void {
    if (this.line.isConnected) return;
    const { revision, cursor } = this.store.getSnapshot().state;
    const { server } = this.line;
    this.line.isConnected = true;
    this.onTheWay = [];
    // Who comes without a cursor is told of nothing that was.
    for (const change of cursor === undefined ? [] : server.changesSince(revision)) this.push(change);
    this.onTheWay.push({ type: 'synced', revision: server.revision, cursor: cursorOf(server.revision) });
    this.outbox.flush();
  }

  disconnect(): void {
    this.line.isConnected = false;
    this.onTheWay = [];
    this.line.cut();
  }

  begin(): void {
    this.outbox.submit({ event: 'conversation:create', input: { id: 'c' } });
    this.wanted.push('conversation:created c');
  }

  write(what: string, pick: number): void {
    const at = pick % Math.max(1, this.mine.length);
    const id = this.mine[at];
    if (what === 'create' || id === undefined) return this.create(`m${++this.count}`);
    if (what === 'edit') return this.edit(id, `text ${++this.count}`);
    this.mine.splice(at, 1);
    this.outbox.submit({ event: 'message:delete', input: { id }, conversationId: 'c' });
    this.wanted.push(`message:deleted ${id}`);
  }

  /** Somebody else writes in the same conversation. */
  elsewhere(): void {
    const conversation = this.line.server.conversations.get('c');
    if (conversation) this.push(this.line.server.createMessage(conversation, `e${++this.count}`, 'theirs'));
  }

  deliver(): void {
    const event = this.onTheWay.shift();
    if (!event) return;
    if (event.type === 'changed') this.seen.push(event);
    this.store.dispatch(event);
  }

  serve(): void {
    this.line.act();
    this.line.reply();
  }

  /** What was pushed before comes again. */
  repeat(pick: number): void {
    const event = this.seen[pick % Math.max(1, this.seen.length)];
    if (event) this.store.dispatch(event);
  }

  /** All that a screen asks for which shows everything. */
  read(): void {
    const { server } = this.line;
    const conversations = [...server.conversations.values()];
    this.store.dispatch({ type: 'conversations-read', rows: conversations, next: undefined });
    const rows = server.messagesOf('c');
    this.store.dispatch({ type: 'messages-read', conversationId: 'c', rows, next: undefined });
  }

  async settle(): Promise<void> {
    this.connect();
    while (this.onTheWay.length + this.line.requests.length > 0) {
      while (this.onTheWay.length > 0) this.deliver();
      if (this.line.requests.length > 0) this.line.serve();
      await turn();
    }
  }

  private create(id: string): void {
    const content = `said in ${id}`;
    const input = { id, conversation_id: 'c', role: 'user' as const, content };
    this.mine.push(id);
    this.outbox.submit({ event: 'message:create', input });
    this.wanted.push(`message:created ${id} ${content}`);
  }

  private edit(id: string, content: string): void {
    this.outbox.submit({ event: 'message:update', input: { id, content }, conversationId: 'c' });
    this.wanted.push(`message:updated ${id} ${content}`);
  }

  private push(change: Change): void {
    if (!this.line.isConnected) return;
    this.onTheWay.push({ type: 'changed', change, cursor: cursorOf(change.data.revision) });
  }
}

async function take(writer: Writer, step: Step): Promise<void> {
  if (step.do === 'elsewhere') writer.elsewhere();
  else if (step.do === 'act') writer.line.act();
  else if (step.do === 'reply') writer.line.reply();
  else if (step.do === 'serve') writer.serve();
  else if (step.do === 'deliver') writer.deliver();
  else if (step.do === 'repeat') writer.repeat(step.pick);
  else if (step.do === 'offline') writer.disconnect();
  else if (step.do === 'online') writer.connect();
  else if (step.do === 'reload') await writer.reload(step.pick % 2 === 0);
  else writer.write(step.do, step.pick);
  await turn();
}

function described({ event, data }: Change): string {
  return [event, data.id, ...('content' in data ? [data.content] : [])].join(' ');
}

const pick = fc.nat({ max: 20 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom(...WRITES), pick }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom(...TRAFFIC), pick }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom(...FAULTS), pick }) },
);

test('what was written, offline too and over reloads, is done once, in order, and is what a fresh snapshot shows', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
      const writer = new Writer();
      writer.line.isConnected = false;
      await writer.open();
      writer.connect();
      writer.begin();
      for (const one of steps) await take(writer, one);
      await writer.settle();
      const { line, store } = writer;
      expect(line.done.map(described)).toEqual(writer.wanted);
      expect(store.getSnapshot().state.pending).toEqual([]);
      writer.read();
      const { state } = store.getSnapshot();
      const fresh = line.server.messagesOf('c').map((record) => ({ record }));
      expect(createViews().messages(state, 'c')).toEqual(fresh);
      expect(new Map(state.conversations)).toEqual(line.server.conversations);
      expect(state.revision).toBe(line.server.revision);
    }),
    { numRuns: 300 },
  );
});
