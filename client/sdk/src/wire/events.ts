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
  if (!isJson(data)) return undefined;
  const { revision, conversation_id: conversationId, message_id: messageId, offset, text } = data;
  switch (event) {
    case 'sync:reset':
      return isText(data['cursor']) ? { type: 'reset', cursor: data['cursor'] } : undefined;
    case 'message:delta':
      return isText(messageId) && isNumber(offset) && isText(text)
        ? { type: 'delta', messageId, offset, text }
        : undefined;
    case 'typing':
      return isText(conversationId) ? { type: 'typing', conversationId } : undefined;
    case 'synced':
      return isNumber(revision) && isText(cursor) ? { type: 'synced', revision, cursor } : undefined;
    default: {
      const change = readChange(event, data);
      return change && isText(cursor) ? { type: 'changed', change, cursor } : undefined;
    }
  }
}
