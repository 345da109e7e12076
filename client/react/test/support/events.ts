import type { Context, Message, StateEvent } from '@bitworks/sdk';

const AT = '2026-01-01T00:00:00.000Z';

/** The device has everything up to here. */
export const synced: StateEvent = { type: 'synced', revision: 0, cursor: 'e.0' };

export function conversation(id: string, revision: number, title = id): StateEvent {
  const times = { created_at: AT, updated_at: AT };
  const data = { id, user_id: 'u', title, metadata: {}, ...times, position: revision, revision };
  return { type: 'changed', change: { event: 'conversation:created', data }, cursor: `e.${revision}` };
}

interface Written extends Partial<Message> {
  readonly revision: number;
}

/** By itself in the conversation `c`, complete, and saying its own id. */
export function message(id: string, { revision, ...said }: Written): StateEvent {
  const data: Message = {
    ...{ id, conversation_id: 'c', role: 'user', content: id, status: 'complete', metadata: {} },
    ...{ token_count: null, timestamp: AT, edited_at: null, position: revision, revision },
    ...said,
  };
  return { type: 'changed', change: { event: 'message:updated', data }, cursor: `e.${revision}` };
}

export function context(
  conversation_id: string,
  revision: number,
  parameters: Context['parameters'],
): StateEvent {
  const id = `context of ${conversation_id}`;
  const data = { id, conversation_id, context_window: null, parameters, position: revision, revision };
  return { type: 'changed', change: { event: 'context:updated', data }, cursor: `e.${revision}` };
}

export function deleted(id: string, revision: number): StateEvent {
  const change = { event: 'conversation:deleted' as const, data: { id, revision } };
  return { type: 'changed', change, cursor: `e.${revision}` };
}
