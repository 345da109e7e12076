import { expect, test } from 'vitest';
import { waitText } from '../src/i18n/waits';

test('a wait is said in the unit in which people think of it, and never too short', () => {
  expect(waitText(40, 'en')).toBe('40 seconds');
  expect(waitText(1, 'en')).toBe('1 second');
  expect(waitText(0, 'en')).toBe('1 second');
  expect(waitText(61, 'en')).toBe('2 minutes');
  expect(waitText(3534, 'en')).toBe('1 hour');
  expect(waitText(3534, 'es')).toBe('1 hora');
  expect(waitText(600, 'es')).toBe('10 minutos');
});
