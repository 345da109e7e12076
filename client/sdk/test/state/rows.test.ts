import fc from 'fast-check';
import { expect, test } from 'vitest';
import { insert, rowAt, type Rows } from '../../src/state/rows.js';
import type { Message } from '../../src/wire/contract.js';

function row(position: number, revision: number): Message {
  return {
    ...{ id: `m${position}`, conversation_id: 'c', role: 'user', content: '', status: 'complete' },
    ...{ metadata: {}, token_count: null, timestamp: '', edited_at: null, position, revision },
  };
}

const rows = fc
  .uniqueArray(fc.tuple(fc.nat(30), fc.nat(5)), { selector: ([position]) => position })
  .map((all) => all.map(([position, revision]) => row(position, revision)));

function oneByOne(rows: Rows, others: Rows): Rows {
  return others.reduce((before, one) => insert(before, [one]), rows);
}

test('rows stand in the order of writing, each at its highest revision', () => {
  fc.assert(
    fc.property(rows, rows, (some, others) => {
      const all = [...some, ...others];
      const merged = oneByOne([], all);
      const positions = [...new Set(all.map(({ position }) => position))].sort((one, other) => one - other);
      expect(merged.map(({ position }) => position)).toEqual(positions);
      for (const { position } of all) {
        const newest = Math.max(...all.filter((one) => one.position === position).map((one) => one.revision));
        expect(rowAt(merged, position)?.revision).toBe(newest);
      }
    }),
  );
});

test('a page comes to the same as its rows one by one', () => {
  fc.assert(
    fc.property(rows, rows, (some, others) => {
      const held = oneByOne([], some);
      const page = oneByOne([], others);
      expect(insert(held, page)).toEqual(oneByOne(held, page));
      expect(insert(held, held)).toBe(held);
    }),
  );
});

test('a page takes steps in proportion to its rows, not to their square', () => {
  const all = Array.from({ length: 50_000 }, (_, at) => row(at, 1));
  const began = performance.now();
  expect(insert([row(0, 0), row(60_000, 0)], all)).toHaveLength(50_001);
  expect(performance.now() - began).toBeLessThan(2_000);
});
