/** Messages of one conversation, ascending by position; never changed in place. */

import type { Message } from '../wire/contract.js';

export type Rows = readonly Message[];

/** With the row in its place; the same array when it brings nothing new. */
export function insert(rows: Rows, row: Message): Rows {
  const at = placeOf(rows, row.position);
  const held = rows[at];
  if (held?.position !== row.position) return rows.toSpliced(at, 0, row);
  return held.revision >= row.revision ? rows : rows.with(at, row);
}

/** With a whole page in its place: the page is sorted too, so what surrounds it is copied once. */
export function insertPage(rows: Rows, page: Rows): Rows {
  const [first, last] = [page[0], page.at(-1)];
  if (!first || !last) return rows;
  const [from, to] = [placeOf(rows, first.position), placeOf(rows, last.position + 1)];
  return [...rows.slice(0, from), ...merged(rows.slice(from, to), page), ...rows.slice(to)];
}

/** In about as many steps as there are rows: inserting them one by one would copy the rest for each. */
function merged(rows: Rows, page: Rows): Rows {
  const newest = new Map(rows.map((row) => [row.position, row]));
  for (const row of page) {
    const held = newest.get(row.position);
    if (!held || held.revision < row.revision) newest.set(row.position, row);
  }
  return [...newest.values()].sort((one, other) => one.position - other.position);
}

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
