/** From what the server pushes to what the state understands; what is not in the contract is not let in. */

import { readChange, type Change } from './changes.js';
import { isJson, isNumber, isText } from './json.js';

/** What the server pushes. */
export type Received =
  | { readonly type: 'changed'; readonly change: Change; readonly cursor: string }
  | { readonly type: 'synced'; readonly revision: number; readonly cursor: string }
  | { readonly type: 'reset'; readonly cursor: string }
  | Delta
  | { readonly type: 'typing'; readonly conversationId: string };

/** A growing message now holds the first `offset` UTF-16 units of what it held, and `text` behind them. */
export interface Delta {
  readonly type: 'delta';
  readonly messageId: string;
  readonly offset: number;
  readonly text: string;
}

/** Reads a pushed event. Undefined for one that does not concern the state, or comes from a later version. */
export function readEvent(event: string, args: readonly unknown[]): Received | undefined {
  const [data, cursor] = args;
  if (event === 'sync:reset') return readReset(data);
  if (event === 'message:delta') return readDelta(data);
  if (event === 'typing') return readTyping(data);
  if (!isText(cursor)) return undefined;
  if (event === 'synced') return readSynced(data, cursor);
  const change = readChange(event, data);
  return change && { type: 'changed', change, cursor };
}

function readSynced(data: unknown, cursor: string): Received | undefined {
  if (!isJson(data) || !isNumber(data['revision'])) return undefined;
  return { type: 'synced', revision: data['revision'], cursor };
}

function readReset(data: unknown): Received | undefined {
  return isJson(data) && isText(data['cursor']) ? { type: 'reset', cursor: data['cursor'] } : undefined;
}

function readDelta(data: unknown): Received | undefined {
  if (!isJson(data)) return undefined;
  const { message_id: messageId, offset, text } = data;
  return isText(messageId) && isNumber(offset) && isText(text)
    ? { type: 'delta', messageId, offset, text }
    : undefined;
}

function readTyping(data: unknown): Received | undefined {
  return isJson(data) && isText(data['conversation_id'])
    ? { type: 'typing', conversationId: data['conversation_id'] }
    : undefined;
}
