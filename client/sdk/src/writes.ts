import type {
  ById,
  ConversationCreate,
  ConversationUpdate,
  MessageCreate,
  MessageUpdate,
} from './contract.js';
import type { Failure } from './failure.js';
import type { OnBusy } from './replies.js';
import { isJson } from './wire.js';

/** A creation carries the id that its author chose: sent twice, it happens once. */
type WithId<T> = Omit<T, 'id'> & { readonly id: string };

/** A message that is there at once, perhaps with an answer asked for. */
type WholeMessage = WithId<MessageCreate> & {
  readonly content: string;
  readonly reply?: boolean;
  readonly on_busy?: OnBusy;
};

/** What can be written ahead of the server's answer. */
export type Write =
  | { readonly event: 'conversation:create'; readonly input: WithId<ConversationCreate> }
  | { readonly event: 'conversation:update'; readonly input: ConversationUpdate }
  | { readonly event: 'conversation:delete'; readonly input: ById }
  | { readonly event: 'message:create'; readonly input: WholeMessage }
  | { readonly event: 'message:update'; readonly input: MessageUpdate; readonly conversationId: string }
  | { readonly event: 'message:delete'; readonly input: ById; readonly conversationId: string };

/**
 * A write that the server has not confirmed, shown as if it had. `sending`: under way, or waiting for a connection.
 * `failed`: refused or unanswered; it stays until it is sent again or discarded, which shows what lies below.
 */
export interface Pending {
  readonly key: string;
  readonly write: Write;
  /** When it was made, on this device's clock. */
  readonly at: string;
  readonly status: 'sending' | 'failed';
  readonly failure?: Failure;
  /** Until then it counts as done here but is not sent, so that it can be undone by discarding it. */
  readonly heldUntil?: string;
}

export function isCreation(write: Write): boolean {
  return write.event === 'conversation:create' || write.event === 'message:create';
}

export function isDeletion(write: Write): boolean {
  return write.event === 'conversation:delete' || write.event === 'message:delete';
}

/** Whether its record is out of sight: a deletion counts as done until it is refused. */
export function isHiding({ write, status }: Pending): boolean {
  return status === 'sending' && isDeletion(write);
}

/** Whether a write is to this record, or to a message of this conversation. */
export function isOf(write: Write, id: string): boolean {
  return write.input.id === id || conversationOf(write) === id;
}

/** The failed write that this one waits for: on the same record, or the creation of its conversation. */
export function blockerOf(pending: readonly Pending[], one: Pending): Pending | undefined {
  // Whatever else was wanted of it, it shall go.
  if (isDeletion(one.write)) return undefined;
  const { id } = one.write.input;
  const earlier = pending.slice(0, pending.indexOf(one)).filter(({ status }) => status === 'failed');
  return earlier.find(({ write }) => write.input.id === id || isCreationOf(write, conversationOf(one.write)));
}

function isCreationOf(write: Write, id: string | undefined): boolean {
  return write.event === 'conversation:create' && write.input.id === id;
}

/** The conversation that a message is written in; undefined for writes to a conversation itself. */
function conversationOf(write: Write): string | undefined {
  if (write.event === 'message:create') return write.input.conversation_id;
  return 'conversationId' in write ? write.conversationId : undefined;
}

/** A failed write to be sent again: it knows what it was refused over, so it no longer counts as unseen. */
export function uponCurrent({ write, failure }: Pending): Write {
  const revision = isJson(failure?.current) ? failure.current['revision'] : undefined;
  if (typeof revision !== 'number') return write;
  if (write.event === 'message:update') return { ...write, input: { ...write.input, if_revision: revision } };
  if (write.event === 'conversation:update')
    return { ...write, input: { ...write.input, if_revision: revision } };
  return write;
}
