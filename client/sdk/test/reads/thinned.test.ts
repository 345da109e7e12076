import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createReads, type Reads } from '../../src/reads/reads.js';
import { createStore, type Store } from '../../src/state/store.js';
import { createViews } from '../../src/state/views.js';
import type { Answer } from '../../src/wire/answers.js';
import type { Change } from '../../src/wire/changes.js';
import type { Conversation, Message } from '../../src/wire/contract.js';
import { cursorOf, ModelServer } from '../modelServer.js';

const PAGE = 3;
const KEEP = 5;

interface Question {
  readonly input: { readonly before?: number; readonly after?: number };
  readonly give: (answer: Answer) => void;
  answer?: Answer;
}

/** A device that reads a long conversation and lets go of what is far, and the server it reads from. */
class Reader {
  readonly server = new ModelServer();
  readonly store: Store = createStore();
  readonly reads: Reads;
  private readonly row: Conversation;
  private readonly views = createViews();
  private readonly questions: Question[] = [];

  constructor(count: number) {
    this.server.createConversation('c');
    const row = this.server.conversations.get('c');
    if (!row) throw new Error('The server has no conversation.');
    this.row = row;
    for (let made = 0; made < count; made++) this.server.createMessage(row);
    const request = (_event: string, input: object) =>
      new Promise<Answer>((give) => this.questions.push({ input, give }));
    this.reads = createReads({ store: this.store, request, onOpenMessage: () => Promise.resolve() });
    this.store.subscribe(this.reads.refresh);
    this.store.dispatch({
      type: 'synced',
      revision: this.server.revision,
      cursor: cursorOf(this.server.revision),
    });
    this.store.setStatus('live');
    this.reads.watch('messages/c');
  }

  /** With the newest page. */
  static async open(count: number): Promise<Reader> {
    const reader = new Reader(count);
    await turn();
    await reader.arrive();
    return reader;
  }

  write(): void {
    this.push(this.server.createMessage(this.row));
  }

  edit(at: number): void {
    const row = this.held(at);
    if (row) this.push(this.server.editMessage(row, `${row.content}!`));
  }

  delete(at: number): void {
    const row = this.held(at);
    if (row) this.push(this.server.deleteMessage(row));
  }

  /** The server reads the page that was asked for; the answer is under way. */
  read(): void {
    const question = this.questions.find(({ answer }) => !answer);
    if (question) question.answer = this.page(question.input);
  }

  async arrive(): Promise<void> {
    this.read();
    const question = this.questions.shift();
    if (question?.answer) question.give(question.answer);
    await turn();
  }

  /** What the server holds of the part that is loaded, and what is shown. */
  expectAgreement(): void {
    const { state } = this.store.getSnapshot();
    const loaded = state.loaded.get('c');
    if (!loaded) return;
    const [from, to] = [loaded.from, loaded.newer?.after ?? Infinity];
    const held = this.server.messagesOf('c').filter(({ position }) => position >= from && position <= to);
    expect(this.shown).toEqual(held);
  }

  get shown(): Message[] {
    return this.views.messages(this.store.getSnapshot().state, 'c').map(({ record }) => record);
  }

  get loaded() {
    return this.store.getSnapshot().state.loaded.get('c');
  }

  private push(change: Change): void {
    this.store.dispatch({ type: 'changed', change, cursor: cursorOf(this.server.revision) });
  }

  private held(at: number): Message | undefined {
    const rows = this.server.messagesOf('c');
    return rows[at % rows.length];
  }

  private page({ before, after }: Question['input']): Answer {
    const all = this.server.messagesOf('c');
    const rows =
      after === undefined
        ? this.server.pageOfMessages('c', before, PAGE).rows
        : all.filter(({ position }) => position > after).slice(0, PAGE);
    const [first, last] = [rows[0]?.position ?? 0, rows.at(-1)?.position ?? Infinity];
    const isMore = all.some(({ position }) => (after === undefined ? position < first : position > last));
    const where = after === undefined ? { before: first } : { after: last };
    const next = isMore ? { conversation_id: 'c', ...where } : undefined;
    return { ok: true, data: rows, revision: this.server.revision, next };
  }
}

async function turn(): Promise<void> {
  for (let count = 0; count < 6; count++) await Promise.resolve();
}

const steps = fc.array(
  fc.oneof(
    ...(['write', 'older', 'newer', 'read', 'arrive', 'latest'] as const).map((name) =>
      fc.record({ name: fc.constant(name), at: fc.nat(30) }),
    ),
    ...(['edit', 'delete'] as const).map((name) => fc.record({ name: fc.constant(name), at: fc.nat(30) })),
  ),
  { maxLength: 60 },
);

async function take(reader: Reader, { name, at }: { name: string; at: number }): Promise<void> {
  if (name === 'older' || name === 'newer') reader.reads.more('messages/c', { side: name, keep: KEEP });
  else if (name === 'arrive') await reader.arrive();
  else if (name === 'latest') reader.reads.latest('c');
  else if (name === 'read') reader.read();
  else if (name === 'write') reader.write();
  else if (name === 'edit') reader.edit(at);
  else reader.delete(at);
  reader.expectAgreement();
}

test('what is held of a conversation that is read in part is what the server holds of that part', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(30), steps, async (count, programme) => {
      const reader = await Reader.open(count);
      for (const step of programme) await take(reader, step);
      while (!reader.loaded || reader.loaded.newer) {
        reader.reads.more('messages/c', { side: 'newer', keep: KEEP });
        await reader.arrive();
      }
      await reader.arrive();
      reader.expectAgreement();
      expect(reader.loaded.newer).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});

test('a conversation that is read from end to end and back is never held whole', async () => {
  const reader = await Reader.open(100);
  for (const side of ['older', 'newer'] as const) {
    while (side === 'older' ? reader.loaded?.next : reader.loaded?.newer) {
      reader.reads.more('messages/c', { side, keep: KEEP });
      await reader.arrive();
      expect(reader.shown.length).toBeLessThanOrEqual(KEEP + PAGE);
      reader.expectAgreement();
    }
  }
  expect(reader.shown.at(-1)).toEqual(reader.server.messagesOf('c').at(-1));
});

test('who goes back to the newest messages has them, and what is under way for the others is turned away', async () => {
  const reader = await Reader.open(100);
  for (let page = 0; page < 10; page++) {
    reader.reads.more('messages/c', { side: 'older', keep: KEEP });
    await reader.arrive();
  }
  reader.write();
  reader.reads.more('messages/c', { side: 'older', keep: KEEP });
  reader.reads.latest('c');
  await reader.arrive();
  expect(reader.shown).toEqual([]);
  await reader.arrive();
  expect(reader.shown).toEqual(reader.server.messagesOf('c').slice(-PAGE));
  expect(reader.loaded?.newer).toBeUndefined();
});
