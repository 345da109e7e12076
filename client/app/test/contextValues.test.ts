import type { Context } from '@bitworks/sdk';
import { expect, test } from 'vitest';
import { differing, rebased } from '../src/context/conflictValues';
import { outOfRange } from '../src/context/contextRanges';
import { inputOf, valuesOf } from '../src/context/contextValues';

const context: Context = {
  ...{ id: 'x', conversation_id: 'c', position: 1, revision: 1 },
  context_window: { max_tokens: 4096, pinned: ['m'] },
  parameters: null,
};

test('keys that the form does not know are kept', () => {
  const values = { ...valuesOf(context), max_tokens: '' as const, temperature: 0.5 };
  expect(inputOf(values, context)).toEqual({
    context_window: { pinned: ['m'] },
    parameters: { temperature: 0.5 },
  });
});

test('an object of which nothing is left is cleared', () => {
  expect(inputOf(valuesOf(undefined), undefined)).toEqual({ context_window: null, parameters: null });
});

test('what was edited here is kept, what was changed elsewhere is taken', () => {
  const base = valuesOf(context);
  const theirs = { ...base, model: 'theirs', max_tokens: 100 };
  const mine = rebased(base, { ...base, system: 'Be brief.', max_tokens: 200 }, theirs);
  expect(mine).toEqual({ ...base, model: 'theirs', system: 'Be brief.', max_tokens: 200 });
  expect(differing(mine, theirs)).toEqual(['max_tokens', 'system']);
});

test('numbers outside of what the server takes are found', () => {
  const values = { ...valuesOf(undefined), temperature: 2.1, top_p: 1, max_tokens: 0 };
  expect(outOfRange(values)).toEqual(['max_tokens', 'temperature']);
});
