import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { createOutbox, type Outbox } from '../../src/outbox/outbox.js';
import { createStore, type Store } from '../../src/state/store.js';
import { createViews, type Views } from '../../src/state/views.js';
import { DISCONNECTED, TIMEOUT } from '../../src/wire/failure.js';
import { Line, turn } from '../modelLine.js';
import { cursorOf } from '../modelServer.js';

let line: Line;
let store: Store;
let outbox: Outbox;
let views: Views;

beforeEach(() => {
  line = new Line();
  store = createStore();
  views = createViews();
  outbox = createOutbox({ store, request: line.request, maySend: () => line.isConnected });
  store.dispatch({ type: 'synced', revision: 0, cursor: cursorOf(0) });
});

function create(id: string, content = 'said') {
  const input = { id, conversation_id: 'c', role: 'user' as const, content };
  return outbox.submit({ event: 'message:create', input });
}

function edit(id: string, content: string, if_revision?: number) {
  const input = { id, content, ...(if_revision !== undefined && { if_revision }) };
  return outbox.submit({ event: 'message:update', input, conversationId: 'c' });
}

function remove(id: string) {
  return outbox.submit({ event: 'message:delete', input: { id }, conversationId: 'c' });
}

function shown() {
  return views
    .messages(store.getSnapshot().state, 'c')
    .map(({ record, pending }) => [record.content, pending?.status]);
}

async function inConversation(): Promise<void> {
  const { settled } = outbox.submit({ event: 'conversation:create', input: { id: 'c' } });
  line.serve();
  await settled;
}

describe('a message', () => {
  beforeEach(inConversation);

  test('shows at once, and is settled by its acknowledgement', async () => {
    const { settled } = create('m');
    expect(shown()).toEqual([['said', 'sending']]);
    line.serve();
    expect((await settled).ok).toBe(true);
    expect(shown()).toEqual([['said', undefined]]);
  });

  test('is settled by its own event when that comes first, and shown once', async () => {
    const { settled } = create('m');
    const [conversation] = line.server.conversations.values();
    if (!conversation) throw new Error('The server has no conversation.');
    const change = line.server.createMessage(conversation, 'm');
    store.dispatch({ type: 'changed', change, cursor: cursorOf(change.data.revision) });
    expect(shown()).toEqual([['said', undefined]]);
    line.serve();
    expect((await settled).ok).toBe(true);
    expect(shown()).toEqual([['said', undefined]]);
  });

  test('that was refused stays, and can be sent again or discarded', async () => {
    const { key, settled } = create('m');
    line.refuse(TIMEOUT);
    expect(await settled).toEqual({ ok: false, failure: TIMEOUT });
    expect(shown()).toEqual([['said', 'failed']]);
    outbox.retry(key);
    expect(shown()).toEqual([['said', 'sending']]);
    line.refuse(TIMEOUT);
    await Promise.resolve();
    await Promise.resolve();
    outbox.discard(key);
    expect(shown()).toEqual([]);
  });

  test('written without connection waits, and goes out in order when there is one', async () => {
    line.isConnected = false;
    create('one');
    create('two');
    expect(line.requests).toEqual([]);
    line.isConnected = true;
    outbox.flush();
    outbox.flush();
    expect(line.requests.map(({ input }) => input['id'])).toEqual(['one']);
    line.serve();
    await turn();
    expect(line.requests.map(({ input }) => input['id'])).toEqual(['two']);
  });

  test('whose acknowledgement was cut off goes out again and is there once', async () => {
    const { settled } = create('m');
    const [conversation] = line.server.conversations.values();
    if (!conversation) throw new Error('The server has no conversation.');
    line.server.createMessage(conversation, 'm');
    line.refuse(DISCONNECTED);
    await Promise.resolve();
    expect(shown()).toEqual([['said', 'sending']]);
    outbox.flush();
    line.serve();
    await settled;
    expect(shown()).toEqual([['said', undefined]]);
  });

  test('that is deleted hides at once and comes back when that was refused', async () => {
    const created = create('m');
    line.serve();
    await created.settled;
    const { key, settled } = remove('m');
    expect(shown()).toEqual([]);
    line.refuse(TIMEOUT);
    await settled;
    expect(shown()).toEqual([['said', 'failed']]);
    outbox.discard(key);
    expect(shown()).toEqual([['said', undefined]]);
  });

  test('that is gone already counts as deleted', async () => {
    const created = create('m');
    line.serve();
    await created.settled;
    const { settled } = remove('m');
    line.refuse({ code: 'not_found', detail: '', retryable: false });
    expect((await settled).ok).toBe(true);
    expect(shown()).toEqual([]);
  });

  test('edited upon a stale state can be insisted on, against what the refusal showed', async () => {
    const created = create('m');
    line.serve();
    await created.settled;
    const held = line.server.messages.get('m');
    if (!held) throw new Error('The server has no message.');
    const { key, settled } = edit('m', 'mine', held.revision);
    const current = line.server.editMessage(held, 'theirs').data;
    line.refuse({ code: 'stale', detail: '', retryable: false, current });
    await settled;
    expect(shown()).toEqual([['mine', 'failed']]);
    outbox.retry(key);
    expect(line.requests[0]?.input['if_revision']).toBe(current.revision);
  });

  test('edited, and cut off after it was done, is not a conflict with itself', async () => {
    const created = create('m');
    line.serve();
    await created.settled;
    const held = line.server.messages.get('m');
    if (!held) throw new Error('The server has no message.');
    const { settled } = edit('m', 'mine', held.revision);
    const current = line.server.editMessage(held, 'mine').data;
    line.refuse({ code: 'stale', detail: '', retryable: false, current });
    expect((await settled).ok).toBe(true);
    expect(shown()).toEqual([['mine', undefined]]);
  });
});

test('whatever is answered, cut off or refused: once all is sent again, what is shown is what is there', async () => {
  const write = fc.record({
    do: fc.constantFrom('create', 'edit', 'delete'),
    pick: fc.nat(4),
    serves: fc.nat(3),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(write, { maxLength: 25 }), async (writes) => {
      line = new Line();
      store = createStore();
      views = createViews();
      outbox = createOutbox({ store, request: line.request, maySend: () => line.isConnected });
      store.dispatch({ type: 'synced', revision: 0, cursor: cursorOf(0) });
      await inConversation();
      for (const [at, one] of writes.entries()) {
        const known = views.messages(store.getSnapshot().state, 'c').map(({ record }) => record.id);
        const id = known[one.pick % Math.max(1, known.length)];
        if (one.do === 'create' || id === undefined) create(`m${at}`);
        else if (one.do === 'edit') edit(id, `text ${at}`);
        else remove(id);
        if (one.serves === 0 && one.pick === 0) line.cut();
        else if (line.requests.length > 0 && one.serves === 0) line.refuse(TIMEOUT);
        else if (line.requests.length > 0 && one.serves > 1) line.serve();
        await turn();
      }
      await settleAll();
      expect(shown()).toEqual(line.server.messagesOf('c').map(({ content }) => [content, undefined]));
    }),
    { numRuns: 150 },
  );
});

/** Answers and sends again until nothing is under way. */
async function settleAll(): Promise<void> {
  for (let round = 0; round < 200 && store.getSnapshot().state.pending.length > 0; round++) {
    for (const { key, status } of store.getSnapshot().state.pending)
      if (status === 'failed') outbox.retry(key);
    outbox.flush();
    while (line.requests.length > 0) line.serve();
    await turn();
  }
}
