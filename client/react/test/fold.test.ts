// @vitest-environment node
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fold } from '../src/fold.js';

interface Case {
  readonly title: string;
  readonly words: string;
  readonly found: boolean;
}

// What the server finds, read by both test suites.
const CASES = new URL('../../../tests/contract/folding.json', import.meta.url);

test.each(JSON.parse(readFileSync(CASES, 'utf8')) as Case[])(
  'in $title, $words is found: $found',
  ({ title, words, found }) => {
    expect(fold(title).includes(fold(words))).toBe(found);
  },
);
