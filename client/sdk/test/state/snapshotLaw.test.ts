import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { StateEvent } from '../../src/state/events.js';
import { reduce } from '../../src/state/reduce.js';
import { EMPTY, type State } from '../../src/state/state.js';
import { isGap, textOf } from '../../src/state/streams.js';
import type { Change } from '../../src/wire/changes.js';
import type { Delta } from '../../src/wire/events.js';
import { cursorOf, ModelServer } from '../modelServer.js';

const PAGE = 3;

type Step =
  | { readonly do: 'write'; readonly kind: number; readonly pick: number }
  | { readonly do: 'read'; readonly kind: number; readonly pick: number }
  | { readonly do: 'deliver' | 'answer' | 'repeat' | 'reconnect' | 'lose' | 'reset'; readonly pick: number };

/** What was pushed or answered may come again; `synced` is sent once for a connection, a page is asked for once. */
const REPEATABLE: readonly string[] = ['changed', 'answered', 'context-read', 'conversations-read'];

/** A device: what is on its way to it, what it has asked, and what it knows. */
class Device {
  state: State = EMPTY;
  private readonly server: ModelServer;
  private onTheWay: StateEvent[] = [];
  private answers: (() => StateEvent | undefined)[] = [];
  private hasLost = false;
  private seen: StateEvent[] = [];

  constructor(server: ModelServer) {
    this.server = server;
    this.apply({ type: 'synced', revision: server.revision, cursor: cursorOf(server.revision) });
  }

  apply(event: StateEvent): void {
    this.seen.push(event);
    this.state = reduce(this.state, event);
  }

  push(change: Change): void {
    this.onTheWay.push({ type: 'changed', change, cursor: cursorOf(change.data.revision) });
  }

  deliver(): void {
    const event = this.onTheWay.shift();
    if (event?.type === 'delta' && isGap(this.state, event)) this.askMessage(event.messageId);
    else if (event) this.apply(event);
  }

  say(delta: Delta): void {
    this.onTheWay.push(delta);
  }

  /** Deltas are not promised to arrive; the next one, or the next connect, tells that one did not. */
  lose(): void {
    if (this.onTheWay[0]?.type !== 'delta') return;
    this.onTheWay.shift();
    this.hasLost = true;
  }

  /** What a message holds when the answer is sent: it comes behind the deltas that were sent before it. */
  askMessage(id: string): void {
    this.answers.push(() => {
      const data = this.server.messages.get(id);
      return data && { type: 'answered', change: { event: 'message:updated', data } };
    });
  }

  /** Answers come in any order, long after they were given. */
  answer(pick: number): void {
    const [answer] = this.answers.splice(pick % Math.max(1, this.answers.length), 1);
    const event = answer?.();
    if (event) this.apply(event);
    if (event?.type !== 'messages-read') return;
    for (const { id, status } of event.rows) if (status === 'streaming') this.askMessage(id);
  }

  /** What was pushed and answered before comes again; not `synced`, which a server sends once per connection. */
  repeat(pick: number): void {
    const event = this.seen[pick % this.seen.length];
    if (event && REPEATABLE.includes(event.type)) this.apply(event);
  }

  reconnect(): void {
    this.onTheWay = [];
    this.answers = [];
    for (const key of this.state.reads.keys()) this.apply({ type: 'read-dropped', key });
    this.hasLost = false;
    for (const change of this.server.changesSince(this.state.revision)) this.push(change);
    const { revision } = this.server;
    for (const { id, content, status } of this.server.messages.values())
      if (status === 'streaming') this.say({ type: 'delta', messageId: id, offset: 0, text: content });
    this.onTheWay.push({ type: 'synced', revision, cursor: cursorOf(revision) });
  }

  /** Of one conversation a page is asked for only when none is under way, as `Reads` promises. */
  ask(event: StateEvent): void {
    if (event.type === 'messages-read') {
      const key = `messages/${event.conversationId}` as const;
      if (this.state.reads.get(key)?.status === 'loading') return;
      this.apply({ type: 'read-began', key });
    }
    this.answers.push(() => event);
  }

  /** Another database: what was on its way was of the old one, and so were the answers; nothing of it comes again. */
  reset(): void {
    this.onTheWay = [];
    this.answers = [];
    this.seen = [];
    this.apply({ type: 'reset', cursor: cursorOf(0) });
    this.reconnect();
  }

  finish(): void {
    if (this.hasLost) this.reconnect();
    while (this.onTheWay.length > 0) this.deliver();
    while (this.answers.length > 0) this.answer(0);
  }
}

function pickFrom<T>(rows: Iterable<T>, pick: number): T | undefined {
  const all = [...rows];
  return all[pick % Math.max(1, all.length)];
}

function write(server: ModelServer, { kind, pick }: { kind: number; pick: number }): Change | undefined {
  const conversation = pickFrom(server.conversations.values(), pick);
  const message = pickFrom(server.messages.values(), pick);
  const context = pickFrom(server.contexts.values(), pick);
  if (!conversation || kind === 0) return server.createConversation();
  if (kind === 1) return server.renameConversation(conversation, `title ${pick}`);
  if (kind === 2) return pick % 3 === 0 ? server.deleteConversation(conversation) : undefined;
  const open = pickFrom(
    [...server.messages.values()].filter(({ status }) => status === 'streaming'),
    pick,
  );
  if (kind === 7) return server.openMessage(conversation);
  if (kind === 8) return open && server.closeMessage(open.id, 'stopped');
  if (kind === 3 && message?.status === 'streaming') return undefined;
  if (kind === 3) return message && server.editMessage(message, `text ${pick}`);
  if (kind === 4) return message && server.deleteMessage(message);
  if (kind === 5) return server.putContext(conversation, pick / 100);
  if (kind === 6) return context && server.deleteContext(context);
  return server.createMessage(conversation);
}

/** A page as it is now: it arrives later, when it may be old. */
function read(server: ModelServer, device: Device, { kind, pick }: { kind: number; pick: number }): void {
  const conversation = pickFrom(server.conversations.values(), pick);
  if (kind % 3 === 0 || !conversation) return device.ask(conversationsPage(server, pick % 2 === 0));
  const { id } = conversation;
  if (kind % 3 === 1) return device.ask(messagesPage(server, device.state, id));
  device.ask({ type: 'context-read', conversationId: id, row: server.contextOf(id) });
}

function conversationsPage(server: ModelServer, isWhole: boolean): StateEvent {
  const rows = [...server.conversations.values()];
  return { type: 'conversations-read', rows: isWhole ? rows : rows.slice(0, PAGE), next: undefined };
}

function messagesPage(server: ModelServer, state: State, conversationId: string): StateEvent {
  const before = state.loaded.get(conversationId)?.next?.before ?? undefined;
  const page = server.pageOfMessages(conversationId, before, PAGE);
  const next = page.next === undefined ? undefined : { conversation_id: conversationId, before: page.next };
  return { type: 'messages-read', conversationId, rows: page.rows, next };
}

/** Reads on until everything is held, as scrolling to the beginning of everything would. */
function readAll(server: ModelServer, device: Device): void {
  device.apply(conversationsPage(server, true));
  for (const id of server.conversations.keys()) {
    device.apply({ type: 'context-read', conversationId: id, row: server.contextOf(id) });
    while (device.state.loaded.get(id)?.from !== 0) device.apply(messagesPage(server, device.state, id));
  }
}

function run(steps: readonly Step[]): { server: ModelServer; device: Device } {
  const server = new ModelServer();
  for (let count = 0; count < 4; count++) write(server, { kind: count * 7, pick: count });
  const device = new Device(server);
  for (const step of steps) {
    if (step.do === 'write' && step.kind > 9) append(server, device, step.pick);
    else if (step.do === 'write') {
      const change = write(server, step);
      if (change) device.push(change);
    } else if (step.do === 'read') read(server, device, step);
    else if (step.do === 'deliver') device.deliver();
    else if (step.do === 'answer') device.answer(step.pick);
    else if (step.do === 'repeat') device.repeat(step.pick);
    else if (step.do === 'lose') device.lose();
    else if (step.do === 'reset') device.reset();
    else device.reconnect();
  }
  return { server, device };
}

function append(server: ModelServer, device: Device, pick: number): void {
  const open = [...server.messages.values()].filter(({ status }) => status === 'streaming');
  const row = pickFrom(open, pick);
  if (row) device.say(server.append(row.id, ` word ${pick}`));
}

/** Messages as they are shown: with what has been said so far. */
function shown(state: State, id: string) {
  return (state.messages.get(id) ?? []).map((row) => ({ ...row, content: textOf(state, row) }));
}

function assertHoldsWhatIs(state: State, server: ModelServer): void {
  expect(new Map(state.conversations)).toEqual(server.conversations);
  for (const id of server.conversations.keys()) {
    expect(shown(state, id)).toEqual(server.messagesOf(id));
    expect(state.contexts.get(id)).toEqual(server.contextOf(id));
  }
  expect([...state.messages.keys()].filter((id) => !server.conversations.has(id))).toEqual([]);
}

const pick = fc.nat({ max: 300 });
const kind = fc.nat({ max: 12 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('write' as const), kind, pick }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('read' as const), kind, pick }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('deliver' as const), pick }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('answer' as const, 'repeat' as const), pick }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('reconnect' as const, 'lose' as const, 'reset' as const),
      pick,
    }),
  },
);
const programme = fc.array(step, { minLength: 1, maxLength: 60, size: 'max' });

test('any old snapshot plus the changes since equals a fresh snapshot', () => {
  fc.assert(
    fc.property(programme, (steps) => {
      const { server, device } = run(steps);
      device.finish();
      readAll(server, device);
      assertHoldsWhatIs(device.state, server);
      expect(device.state.revision).toBe(server.revision);
    }),
    { numRuns: 600 },
  );
});

test('once everything has come, what is held is what is, and nothing is held that nobody reads', () => {
  fc.assert(
    fc.property(programme, (steps) => {
      const { server, device } = run(steps);
      device.finish();
      device.reconnect();
      device.finish();
      const { conversations, contexts, messages, loaded } = device.state;
      for (const [id, row] of conversations) expect(row).toEqual(server.conversations.get(id));
      for (const [id, row] of contexts) expect(row).toEqual(server.contextOf(id));
      expect([...messages.keys()].filter((id) => !loaded.has(id))).toEqual([]);
    }),
    { numRuns: 600 },
  );
});

test('what is held whole stays whole without another reading, through any absence', () => {
  fc.assert(
    fc.property(programme, programme, (before, after) => {
      const { server, device } = run(before);
      device.finish();
      readAll(server, device);
      for (const one of after) if (one.do === 'write') write(server, one);
      device.reconnect();
      device.finish();
      assertHoldsWhatIs(device.state, server);
    }),
    { numRuns: 300 },
  );
});

test('what is shown of a conversation never has a hole between its first message and its last', () => {
  fc.assert(
    fc.property(programme, (steps) => {
      const { server, device } = run(steps);
      device.finish();
      for (const [id, { from }] of device.state.loaded) {
        const held = shown(device.state, id).filter(({ position }) => position >= from);
        expect(held).toEqual(server.messagesOf(id).filter(({ position }) => position >= from));
      }
    }),
    { numRuns: 300 },
  );
});
