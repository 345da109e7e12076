import type { Message } from '@bitworks/sdk';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { en } from '../src/i18n/en';
import { endingOf, retryingOf } from '../src/thread/answerEnding';

function answer(changes: Partial<Message>): Message {
  return {
    ...{ id: 'm', conversation_id: 'c', role: 'assistant', content: 'Half an', status: 'complete' },
    ...{ metadata: {}, token_count: 1, timestamp: '2026-01-01T00:00:00.000Z', edited_at: null },
    ...{ position: 1, revision: 1 },
    ...changes,
  };
}

function kindOf(changes: Partial<Message>): string | undefined {
  return endingOf(answer(changes))?.kind;
}

test('of an answer that is all there, or not yet, nothing is said', () => {
  expect(kindOf({})).toBeUndefined();
  expect(kindOf({ metadata: { finish_reason: 'stop' } })).toBeUndefined();
  expect(kindOf({ status: 'streaming', content: '' })).toBeUndefined();
  expect(kindOf({ role: 'user', content: '' })).toBeUndefined();
});

test('one that failed, broke off or was stopped says so, and why', () => {
  const error = { code: 'upstream_refused', detail: 'Insufficient credits.' };
  expect(endingOf(answer({ status: 'failed', content: '', metadata: { error } }))).toEqual({
    ...{ kind: 'failed', ...error, isEmpty: true },
  });
  expect(kindOf({ status: 'interrupted' })).toBe('interrupted');
  expect(kindOf({ status: 'stopped' })).toBe('stopped');
});

test('the error of another program is taken as it comes', () => {
  expect(endingOf(answer({ status: 'failed', metadata: { error: 'No credit.' } }))?.detail).toBe(
    'No credit.',
  );
  for (const error of [null, 3, [], { detail: {} }])
    expect(endingOf(answer({ status: 'failed', metadata: { error } }))?.detail).toBeUndefined();
});

test('one that the length or a filter cut off says so, with text and without', () => {
  for (const finish_reason of ['length', 'max_tokens', 'MAX_TOKENS'])
    expect(kindOf({ metadata: { finish_reason } })).toBe('cut');
  expect(kindOf({ metadata: { finish_reason: 'content_filter' } })).toBe('filtered');
  expect(endingOf(answer({ content: '', metadata: { finish_reason: 'length' } }))).toMatchObject({
    ...{ kind: 'cut', isEmpty: true },
  });
});

test('one without a word says that there is none, unless it calls a tool', () => {
  expect(kindOf({ content: '\n' })).toBe('empty');
  expect(kindOf({ content: '', metadata: { finish_reason: 'stop' } })).toBe('empty');
  expect(kindOf({ content: '', metadata: { tool_calls: [{}] } })).toBeUndefined();
});

test('one that has not begun says when it is asked for again', () => {
  const reply = { state: 'retrying', attempt: 3, of: 5, next_at: '2026-11-27T12:00:30.000Z' };
  const metadata = { reply: { ...reply, code: 'upstream_away', detail: 'Away.' } };
  expect(retryingOf(answer({ status: 'streaming', content: '', metadata }))).toEqual({
    ...{ attempt: 3, of: 5, nextAt: reply.next_at, code: 'upstream_away', detail: 'Away.' },
  });
  expect(retryingOf(answer({ status: 'streaming', metadata: {} }))).toBeUndefined();
  expect(
    retryingOf(answer({ status: 'streaming', metadata: { reply: { state: 'later' } } })),
  ).toBeUndefined();
  expect(retryingOf(answer({ status: 'failed', metadata }))).toBeUndefined();
});

test('every reason that the server gives is said in the reader’s language', () => {
  const documents = readFileSync(join(import.meta.dirname, '../../../docs/replies.md'), 'utf8');
  const table = documents.slice(documents.indexOf('| `code` | means |')).split('\n\n')[0] ?? '';
  const codes = table.split('\n').flatMap((row) => row.split('|')[1]?.match(/(?<=`)[a-z_]+(?=`)/g) ?? []);
  expect(codes).toContain('empty_answer');
  expect(codes.filter((code) => code !== 'code' && !(code in en.ending.reason))).toEqual([]);
});

test('from when on asking again helps is told, where it is a time', () => {
  const failed = (retry_at: unknown) =>
    endingOf(answer({ status: 'failed', metadata: { error: { code: 'upstream_busy', retry_at } } }));
  expect(failed('2026-11-27T12:00:30.000Z')?.retryAt).toBe('2026-11-27T12:00:30.000Z');
  expect(failed('soon')?.retryAt).toBeUndefined();
});
