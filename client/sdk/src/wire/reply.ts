import { isJson, isText } from './json.js';

/** What to do when an answer is under way in the conversation already; the server's default is `reject`. */
export type OnBusy = 'reject' | 'enqueue' | 'interrupt';

/** An answer that was asked for: the message it will be, and whether it has begun. */
export interface Reply {
  readonly message_id: string;
  readonly state: 'streaming' | 'queued';
}

/** Reads what an acknowledgement says of the answer that was asked for with it. Undefined when it has ended already. */
export function readReply(value: unknown): Reply | undefined {
  if (!isJson(value) || !isText(value['message_id'])) return undefined;
  const { message_id, state } = value;
  return state === 'streaming' || state === 'queued' ? { message_id, state } : undefined;
}
