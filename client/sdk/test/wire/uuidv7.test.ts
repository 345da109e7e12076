import { expect, test } from 'vitest';
import { uuidv7 } from '../../src/wire/uuidv7.js';

test('ids are of version 7, each another, and sort by when they were made', () => {
  const ids = Array.from({ length: 10_000 }, () => uuidv7());
  expect(new Set(ids).size).toBe(ids.length);
  expect([...ids].sort()).toEqual(ids);
  for (const id of ids.slice(0, 100))
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('a clock that goes back takes nothing out of order', () => {
  const later = uuidv7(Date.now() + 60_000);
  expect(uuidv7(0) > later).toBe(true);
});
