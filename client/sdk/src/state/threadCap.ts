import type { Message } from '../wire/contract.js';
import type { Loaded } from './state.js';

/** How much of one conversation is kept between visits: messages, and UTF-16 units of text. */
const ROWS = 50;
const TEXT = 500_000;

/** A page behind what was left out. */
export const PAGE = 50;

/** The end of a conversation that is worth keeping; what is before it can be read again. */
export function capped<T extends Loaded & { readonly rows: readonly Message[] }>(id: string, thread: T): T {
  let [count, size] = [0, 0];
  for (const { content } of thread.rows.toReversed()) {
    size += content.length;
    if (count === ROWS || (count > 0 && size > TEXT)) break;
    count++;
  }
  if (count === thread.rows.length) return thread;
  const rows = thread.rows.slice(-count);
  const from = rows[0]?.position ?? 0;
  return { ...thread, rows, from, next: { conversation_id: id, before: from, limit: PAGE } };
}
