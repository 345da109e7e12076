import { expect, test } from 'vitest';
import { titleFrom } from '../src/conversations/titleFrom';

test('a short first line is the title', () => {
  expect(titleFrom('  Hello there \nand more')).toBe('Hello there');
});

test('a long one is cut between two words', () => {
  const title = titleFrom('word '.repeat(40));
  expect(title).toBe(`${'word '.repeat(11).trimEnd()}…`);
});

test('one long word is cut without splitting a character', () => {
  expect(titleFrom('😀'.repeat(100))).toBe(`${'😀'.repeat(59)}…`);
});
