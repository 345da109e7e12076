import { expect, test } from 'vitest';
import { ageOf } from '../src/i18n/calendar';

const now = new Date(2026, 2, 30, 0, 30);

test.each([
  [new Date(2026, 2, 30, 0, 10), 'today'],
  [new Date(2026, 2, 30, 23, 0), 'today'],
  [new Date(2026, 2, 29, 23, 50), 'yesterday'],
  [new Date(2026, 2, 23, 12, 0), 'week'],
  [new Date(2026, 2, 22, 12, 0), 'older'],
])('%s is %s', (time, age) => {
  expect(ageOf(time.toISOString(), now)).toBe(age);
});
