import type { Actions } from '@bitworks/react';
import type { Context, ContextUpdate, Window } from '@bitworks/sdk';
import { expect, test } from 'vitest';
import { pinInput, savePin } from '../src/context/pins';
import { marksOf } from '../src/context/windowMarks';
import { droppedOf, partsOf, totalOf } from '../src/context/windowParts';

const window: Window = {
  messages: [
    { id: null, role: 'system', content: 'Be brief.', token_count: 3, reason: 'system' },
    { id: 'm2', role: 'user', content: 'Keep this.', token_count: 6, reason: 'pinned' },
    { id: 'm5', role: 'user', content: 'Hi', token_count: 1, reason: 'recent' },
  ],
  ...{ token_count: 22, budget: 100, reserved: 50, exact: true },
  dropped: [
    { reason: 'summarised', count: 1, token_count: 10, from_position: 1, to_position: 1 },
    { reason: 'budget', count: 2, token_count: 20, from_position: 3, to_position: 4 },
  ],
};

function context(revision: number, pinned: string[]): Context {
  return {
    ...{ id: 'x', conversation_id: 'c', position: 1, revision, parameters: null },
    context_window: { max_tokens: 4096, pinned },
  };
}

test('the parts of a window add up to the whole', () => {
  const parts = partsOf(window);
  expect(parts.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(totalOf(window));
  expect(parts.find(({ name }) => name === 'pinned')).toEqual({ name: 'pinned', tokens: 10, count: 1 });
  expect(droppedOf(window)).toEqual({ count: 3, tokens: 42 });
});

test('a message is in, out for a reason, or too new to be known', () => {
  const { edge, markOf } = marksOf(window);
  expect(edge).toEqual({ position: 4, reason: 'budget' });
  expect(markOf({ id: 'm1', position: 1 })).toBe('summarised');
  expect(markOf({ id: 'm2', position: 2 })).toBe('in');
  expect(markOf({ id: 'm3', position: 3 })).toBe('budget');
  expect(markOf({ id: 'm6', position: 6 })).toBeUndefined();
});

test('a pin leaves the rest of the context as it was', () => {
  expect(pinInput('c', context(7, ['a']), 'b', true)).toEqual({
    conversation_id: 'c',
    context_window: { max_tokens: 4096, pinned: ['a', 'b'] },
    if_revision: 7,
  });
  expect(pinInput('c', context(7, ['a']), 'a', false).context_window).toEqual({ max_tokens: 4096 });
  expect(pinInput('c', undefined, 'a', true)).toEqual({
    conversation_id: 'c',
    context_window: { pinned: ['a'] },
  });
});

test('a pin that another device was faster than is put upon theirs', async () => {
  const asked: ContextUpdate[] = [];
  const discarded: string[] = [];
  const theirs = context(8, ['theirs']);
  const stale = { code: 'stale', detail: '', retryable: false, current: theirs };
  const saveContext: Actions['saveContext'] = (input) => {
    asked.push(input);
    const ok = { ok: true, data: { event: 'context:updated', data: theirs } } as const;
    const outcome = input.if_revision === 8 ? ok : ({ ok: false, failure: stale } as const);
    return { key: `write ${asked.length}`, settled: Promise.resolve(outcome) };
  };
  const discard = (key: string) => void discarded.push(key);
  expect(await savePin({ saveContext, discard }, ['c', context(7, []), 'mine', true])).toBeUndefined();
  expect(asked.at(-1)?.context_window).toEqual({ max_tokens: 4096, pinned: ['theirs', 'mine'] });
  expect(discarded).toEqual(['write 1']);
});
