import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

/** Bytes, compressed, of what the worker keeps before anything else: most of it a page has loaded already. */
const BUDGET = 350_000;

const dist = join(import.meta.dirname, '../dist');
const worker = readFileSync(join(dist, 'sw.js'), 'utf8');
const page = readFileSync(join(dist, 'index.html'), 'utf8');
const [first, later] = [listed('first'), listed('later')];

function listed(name: string): string[] {
  const list = new RegExp(`${name}:\\[([^\\]]*)\\]`).exec(worker)?.[1] ?? '';
  return [...list.matchAll(/\/assets\/[^`"',]+/g)].map(([address]) => address);
}

test('what the page names, and what a message is laid out with, is kept from the beginning', () => {
  const named = [...page.matchAll(/"(\/assets\/[^"]+)"/g)].map((match) => match[1] ?? '');
  expect(first).toEqual(expect.arrayContaining(named));
  expect(first.filter((address) => address.startsWith('/assets/Markdown-'))).not.toEqual([]);
});

test('what is kept from the beginning stays within its budget', () => {
  const sizes = first.map((address) => gzipSync(readFileSync(join(dist, address))).length);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(BUDGET);
});

test('every script and style is kept, each once, and no font before it is used', () => {
  const made = readdirSync(join(dist, 'assets')).filter((name) => /\.(js|css)$/.test(name));
  expect([...first, ...later].sort()).toEqual(made.map((name) => `/assets/${name}`).sort());
});

test('the worker and the page are of one build', () => {
  const build = /name="build" content="(\w+)"/.exec(page)?.[1] ?? '';
  expect(build).toHaveLength(16);
  expect(worker).toContain(build);
});
