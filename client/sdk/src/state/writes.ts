import type {
  ById,
  ContextCreate,
  ContextUpdate,
  ConversationCreate,
  ConversationUpdate,
  MessageCreate,
  MessageUpdate,
} from '../wire/contract.js';
import type { Failure } from '../wire/failure.js';
import { isJson, isNumber } from '../wire/json.js';
import type { OnBusy } from '../wire/reply.js';

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
  | { readonly event: 'message:delete'; readonly input: ById; readonly conversationId: string }
  | { readonly event: 'context:create'; readonly input: WithId<ContextCreate> }
  | { readonly event: 'context:update'; readonly input: ContextUpdate };

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

/** Whether a write creates its record. */
export function isCreation(write: Write): boolean {
  return write.event.endsWith(':create');
}

/** Whether a write deletes its record. */
export function isDeletion(write: Write): boolean {
  return write.event.endsWith(':delete');
}

/** Whether a write was refused or not answered, and waits to be sent again or discarded. */
export function isFailed({ status }: Pending): boolean {
  return status === 'failed';
}

/** Whether its record is out of sight: a deletion counts as done until it is refused. */
export function isHiding({ write, status }: Pending): boolean {
  return status === 'sending' && isDeletion(write);
}

/** What names the record that is written. A conversation has one context: created twice, it is the same. */
export function targetOf(write: Write): string {
  return isOfContext(write) ? `context/${write.input.conversation_id}` : write.input.id;
}

/** What a context holds once it is written; what the write does not name stays. */
export function valuesOf({ input }: { readonly input: ContextUpdate & { readonly id?: string } }) {
  const { id: _id, conversation_id: _conversation, if_revision: _revision, ...values } = input;
  return values;
}

/** A write to a context. */
export type ContextWrite = Extract<Write, { event: `context:${string}` }>;

/** Whether a write is to a context. */
export function isOfContext(write: Write): write is ContextWrite {
  return write.event.startsWith('context');
}

/** Whether this record waits to be created. */
export function isToCome(pending: readonly Pending[], target: string): boolean {
  return pending.some(({ write }) => isCreation(write) && targetOf(write) === target);
}

/** Whether a write is to this record, or to something in this conversation. */
export function isOf(write: Write, target: string): boolean {
  return targetOf(write) === target || conversationOf(write) === target;
}

/** The failed write that this one waits for: on the same record, or the creation of its conversation. */
export function blockerOf(pending: readonly Pending[], one: Pending): Pending | undefined {
  // Whatever else was wanted of it, it shall go.
  if (isDeletion(one.write)) return undefined;
  const target = targetOf(one.write);
  const earlier = pending.slice(0, pending.indexOf(one)).filter(isFailed);
  const conversation = conversationOf(one.write);
  return earlier.find(
    ({ write }) => targetOf(write) === target || (isCreation(write) && targetOf(write) === conversation),
  );
}

/** The conversation that a message or a context is written in; undefined for writes to a conversation itself. */
function conversationOf(write: Write): string | undefined {
  if ('conversation_id' in write.input) return write.input.conversation_id;
  return 'conversationId' in write ? write.conversationId : undefined;
}

/** A failed write to be sent again: it knows what it was refused over, so it no longer counts as unseen. */
export function uponCurrent({ write, failure }: Pending): Write {
  const current = failure?.current;
  return isJson(current) && isNumber(current['revision']) ? uponRevision(write, current['revision']) : write;
}

/** Where a context was created meanwhile, on another device, this changes that one. */
export function uponRevision(write: Write, if_revision: number): Write {
  if (write.event === 'context:create') {
    const { conversation_id } = write.input;
    return { event: 'context:update', input: { ...valuesOf(write), conversation_id, if_revision } };
  }
  return !write.event.endsWith(':update')
    ? write
    : ({ ...write, input: { ...write.input, if_revision } } as Write);
}

/** The revision that an update insists on, if it does. */
export function insistedOn({ input }: Write): number | undefined {
  return 'if_revision' in input ? (input.if_revision ?? undefined) : undefined;
}
