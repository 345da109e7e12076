import type { Context } from '@bitworks/sdk';
import { expect, test } from 'vitest';
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
