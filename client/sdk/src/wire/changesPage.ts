import type { Answer } from './answers.js';
import { isJson, isText } from './json.js';

/** A page of `sync`; what its changes are is read where they are applied. */
export interface ChangesPage {
  readonly changes: readonly { readonly event: string; readonly data: unknown }[];
  readonly cursor: string;
  readonly more: boolean;
}

/** Reads an answer to `sync`; undefined for a refusal, and for what is no page. */
export function readPage(answer: Answer): ChangesPage | undefined {
  if (!answer.ok || !isJson(answer.data)) return undefined;
  const { changes, cursor, more } = answer.data;
  if (!Array.isArray(changes) || !changes.every(isEntry) || !isText(cursor)) return undefined;
  return { changes, cursor, more: more === true };
}

/** Whether the cursor is of another database: what is held has to be discarded. */
export function isGone(answer: Answer): boolean {
  return !answer.ok && answer.failure.code === 'cursor_gone';
}

function isEntry(value: unknown): value is { event: string; data: unknown } {
  return isJson(value) && isText(value['event']);
}
