import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { titleFrom } from '../src/conversations/titleFrom';

interface Case {
  readonly text: string;
  readonly title: string;
}

/** Read by the tests of the server and of its player too. */
const file = join(import.meta.dirname, '../../../tests/contract/titles.json');
const cases = JSON.parse(readFileSync(file, 'utf8')) as Case[];

test('a title is what the server would make of the same words', () => {
  for (const { text, title } of cases) expect(titleFrom(text)).toBe(title);
});

test('one long word is cut without splitting a character', () => {
  expect(titleFrom('😀'.repeat(200))).toBe(`${'😀'.repeat(99)}…`);
});
