import type { Message } from '@bitworks/sdk';
import { expect, test } from 'vitest';
import { toThreadMessage } from '../src/index.js';

const answer: Message = {
  ...{ id: 'm', conversation_id: 'c', role: 'assistant', content: 'Hi', status: 'complete', metadata: {} },
  ...{ token_count: 1, timestamp: '2026-01-01T00:00:00.000Z', edited_at: null, position: 1, revision: 1 },
};

function statusOf(change: Partial<Message>) {
  return toThreadMessage({ record: { ...answer, ...change }, pending: undefined }).status;
}

test('every status of an answer has its own in assistant-ui', () => {
  expect(statusOf({ status: 'streaming' })).toEqual({ type: 'running' });
  expect(statusOf({ status: 'complete' })).toEqual({ type: 'complete', reason: 'stop' });
  expect(statusOf({ status: 'stopped' })).toEqual({ type: 'incomplete', reason: 'cancelled' });
  expect(statusOf({ status: 'interrupted' })).toEqual({
    ...{ type: 'incomplete', reason: 'error', error: 'interrupted' },
  });
  expect(statusOf({ status: 'failed', metadata: { error: 'No credit.' } })).toEqual({
    ...{ type: 'incomplete', reason: 'error', error: 'No credit.' },
  });
});

test('why the server had no answer, or not all of it, is passed on', () => {
  const error = { code: 'upstream_refused', detail: 'Insufficient credits.' };
  expect(statusOf({ status: 'failed', metadata: { error } })).toEqual({
    ...{ type: 'incomplete', reason: 'error', error: 'Insufficient credits.' },
  });
  expect(statusOf({ metadata: { finish_reason: 'length' } })).toEqual({
    type: 'incomplete',
    reason: 'length',
  });
  expect(statusOf({ metadata: { finish_reason: 'content_filter' } })).toEqual({
    ...{ type: 'incomplete', reason: 'content-filter' },
  });
});

test('only answers have a status, and what is not confirmed is marked', () => {
  const shown = toThreadMessage({ record: { ...answer, role: 'user', revision: 0 }, pending: undefined });
  expect(shown.status).toBeUndefined();
  expect(shown.metadata?.isOptimistic).toBe(true);
  expect(shown.createdAt).toEqual(new Date(answer.timestamp));
});
