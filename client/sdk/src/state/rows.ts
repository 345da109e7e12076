/** Messages of one conversation, ascending by position; never changed in place. */

import type { Message } from '../wire/contract.js';

/** Ascending by position, each position once. */
export type Rows = readonly Message[];

/**
 * With a page, ascending too, in its place: of one row the highest revision stays. The same array when the page brings
 * nothing new. It takes about as many steps as the page has rows, and copies once what surrounds them.
 */
export function insert(rows: Rows, page: Rows): Rows {
  const news = page.filter(({ position, revision }) => (rowAt(rows, position)?.revision ?? -1) < revision);
  const [first, last] = [news[0], news.at(-1)];
  if (!first || !last) return rows;
  const [from, to] = [placeOf(rows, first.position), placeOf(rows, last.position + 1)];
  const between = new Map([...rows.slice(from, to), ...news].map((row) => [row.position, row]));
  const sorted = [...between.values()].sort((one, other) => one.position - other.position);
  return [...rows.slice(0, from), ...sorted, ...rows.slice(to)];
}

/** The row at exactly this position. */
export function rowAt(rows: Rows, position: number): Message | undefined {
  const row = rows[placeOf(rows, position)];
  return row?.position === position ? row : undefined;
}

/** The index of the first row at or after a position. */
export function placeOf(rows: Rows, position: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle]?.position ?? Infinity) < position) low = middle + 1;
    else high = middle;
  }
  return low;
}
