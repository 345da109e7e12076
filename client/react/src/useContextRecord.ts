import type { Context, Pending } from '@bitworks/sdk';
import { useClient } from './useClient.js';
import { useRead } from './useRead.js';
import { useSnapshot } from './useSnapshot.js';
import { useWatch } from './useWatch.js';

/** The context of one conversation, and how the reading of it stands. */
export interface ContextRecord {
  /** With what is written here and not confirmed yet; undefined while loading, and when the conversation has none. */
  readonly context: Context | undefined;
  /** As the server holds it. */
  readonly confirmed: Context | undefined;
  /** The write that failed or waits. */
  readonly pending: Pending | undefined;
  readonly status: 'loading' | 'ready' | 'failed';
}

/** How a conversation is given to a model, live. */
export function useContextRecord(conversationId: string): ContextRecord {
  const key = `context/${conversationId}` as const;
  useWatch(key);
  const read = useRead(key);
  const { views } = useClient();
  const view = useSnapshot(({ state }) => views.context(state, conversationId));
  const confirmed = useSnapshot(({ state }) => state.contexts.get(conversationId));
  const status = view ? 'ready' : (read?.status ?? 'loading');
  return { context: view?.record, confirmed, pending: view?.pending, status };
}
