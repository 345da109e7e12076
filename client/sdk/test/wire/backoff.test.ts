import { expect, test } from 'vitest';
import { createBackoff } from '../../src/wire/backoff.js';

test('the limit doubles up to a maximum, and begins again after a success', () => {
  const backoff = createBackoff(() => 1);
  expect([1, 2, 3, 4, 5, 6, 7].map(() => backoff.next())).toEqual([
    500, 1000, 2000, 4000, 8000, 15_000, 15_000,
  ]);
  backoff.reset();
  expect(backoff.next()).toBe(500);
});

test('the pause is anything below the limit, also at the maximum', () => {
  let chance = 0;
  const backoff = createBackoff(() => chance);
  for (let tries = 0; tries < 10; tries++) expect(backoff.next()).toBe(0);
  chance = 0.5;
  expect(backoff.next()).toBe(7500);
});
