import type { Model } from '@bitworks/sdk';
import { expect, test } from 'vitest';
import { answering, excessOf } from '../src/models/modelLimits';

const MODELS: Model[] = [
  { id: 'small', max_tokens: 8_192, default: true },
  { id: 'large', max_tokens: 1_000_000 },
  { id: 'unknown' },
];

test.each([
  ['small', 8_193, { model: 'small', limit: 8_192 }],
  ['small', 8_192, undefined],
  ['large', 8_193, undefined],
  ['', 10_000, { model: 'small', limit: 8_192 }],
  ['unknown', 10_000_000, undefined],
  ['gone', 10_000_000, undefined],
  ['small', '', undefined],
] as const)('of %j with a limit of %j, what is too much is %j', (model, wanted, excess) => {
  expect(excessOf(MODELS, model, wanted)).toEqual(excess);
});

test.each([
  ['', 'small'],
  ['large', 'large'],
  ['gone', 'small'],
])('where %j is wanted, %j answers', (wanted, id) => {
  expect(answering(MODELS, wanted)?.id).toBe(id);
});
