import type { Store } from '../state/store.js';
import type { Request } from '../wire/answers.js';
import type { Message } from '../wire/contract.js';
import { BAD_ANSWER, failed, type Outcome } from '../wire/failure.js';
import { isMessage } from '../wire/kinds.js';
import type { OnBusy, Reply } from '../wire/reply.js';

/**
 * Asking the server's producer for answers, and stopping them. Without a connection both are refused at once, as
 * `disconnected`, and never kept for later: what is meant for this moment would come as a surprise after it.
 */
export interface Replies {
  /** Asks for an answer to a message that is there already. */
  readonly reply: (messageId: string, options?: { readonly onBusy?: OnBusy }) => Promise<Outcome<Reply>>;
  /** Ends a growing message as `stopped`. Fails with `closed` when it had ended in another way. */
  readonly stop: (messageId: string) => Promise<Outcome<Message>>;
}

interface RepliesOptions {
  readonly store: Store;
  readonly request: Request;
}

/** The message that `stop` ends is dispatched as `answered`. */
export function createReplies({ store, request }: RepliesOptions): Replies {
  async function reply(id: string, { onBusy }: { onBusy?: OnBusy } = {}): Promise<Outcome<Reply>> {
    const answer = await request('message:reply', { id, ...(onBusy && { on_busy: onBusy }) });
    if (!answer.ok) return answer;
    return answer.reply ? { ok: true, data: answer.reply } : failed(BAD_ANSWER);
  }

  async function stop(id: string): Promise<Outcome<Message>> {
    const answer = await request('message:stop', { id });
    if (!answer.ok) return answer;
    if (!isMessage(answer.data)) return failed(BAD_ANSWER);
    store.dispatch({ type: 'answered', change: { event: 'message:updated', data: answer.data } });
    return { ok: true, data: answer.data };
  }

  return { reply, stop };
}
