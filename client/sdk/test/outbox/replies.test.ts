import { expect, test } from 'vitest';
import { createReplies } from '../../src/outbox/replies.js';
import { readModels } from '../../src/reads/models.js';
import { createStore } from '../../src/state/store.js';
import { readAnswer, type Answer } from '../../src/wire/answers.js';
import { createRest } from '../../src/wire/rest.js';
import { cursorOf, ModelServer } from '../modelServer.js';

function replying(answers: unknown[]) {
  const asked: unknown[] = [];
  const store = createStore();
  const request = (event: string, input: object): Promise<Answer> => {
    asked.push([event, input]);
    return Promise.resolve(readAnswer(answers.shift()));
  };
  return { asked, store, ...createReplies({ store, request }) };
}

test('an answer is asked for, and told where it will be', async () => {
  const reply = { message_id: 'a', state: 'queued' };
  const { asked, reply: ask } = replying([{ ok: true, data: {}, revision: 1, reply }]);
  expect(await ask('m', { onBusy: 'enqueue' })).toEqual({ ok: true, data: reply });
  expect(asked).toEqual([['message:reply', { id: 'm', on_busy: 'enqueue' }]]);
});

test('a refusal to answer is told', async () => {
  const error = { code: 'busy', detail: 'An answer is under way.', retryable: false };
  const { reply } = replying([{ ok: false, error }]);
  expect(await reply('m')).toEqual({ ok: false, failure: error });
});

test('what was stopped is stopped here before its event comes', async () => {
  const server = new ModelServer();
  server.createConversation('c');
  const [conversation] = server.conversations.values();
  if (!conversation) throw new Error('The server has no conversation.');
  const opened = server.openMessage(conversation, 'm');
  const closed = server.closeMessage('m', 'stopped');
  const { asked, store, stop } = replying([{ ok: true, data: closed.data, revision: closed.data.revision }]);
  store.dispatch({ type: 'synced', revision: 1, cursor: cursorOf(1) });
  store.dispatch({ type: 'changed', change: opened, cursor: cursorOf(2) });
  expect((await stop('m')).ok).toBe(true);
  expect(asked).toEqual([['message:stop', { id: 'm' }]]);
  expect(store.getSnapshot().state.messages.get('c')?.[0]?.status).toBe('stopped');
  expect(store.getSnapshot().state.revision).toBe(2);
});

test('models are read as a list', async () => {
  expect(await modelsFrom([{ id: 'small' }])).toEqual({ ok: true, data: [{ id: 'small' }] });
  expect(await modelsFrom({ models: [] })).toMatchObject({ ok: false, failure: { code: 'bad_answer' } });
});

function modelsFrom(body: unknown): Promise<unknown> {
  const headers = { 'Content-Type': 'application/json' };
  const rest = createRest('', () => Promise.resolve(new Response(JSON.stringify(body), { headers })));
  return readModels(rest);
}
