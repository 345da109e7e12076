import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

/** Bytes of JavaScript, compressed, before the first screen; some 11,000 of them are the words of both languages. */
const BUDGET = 254_000;

test('what is loaded before the first screen stays within its budget', () => {
  const dist = join(import.meta.dirname, '../dist');
  const page = readFileSync(join(dist, 'index.html'), 'utf8');
  const scripts = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g)].map((match) => match[1] ?? '');
  const sizes = scripts.map((name) => gzipSync(readFileSync(join(dist, name))).length);
  expect(scripts.length).toBeGreaterThan(0);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(BUDGET);
});
