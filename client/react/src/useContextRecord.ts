import type { Context } from '@bitworks/sdk';
import { useRead } from './useRead.js';
import { useSnapshot } from './useSnapshot.js';
import { useWatch } from './useWatch.js';

export interface ContextRecord {
  /** Undefined while loading, and when the conversation has none. */
  readonly context: Context | undefined;
  readonly status: 'loading' | 'ready' | 'failed';
}

/** How a conversation is given to a model, live. */
export function useContextRecord(conversationId: string): ContextRecord {
  const key = `context/${conversationId}` as const;
  useWatch(key);
  const read = useRead(key);
  const context = useSnapshot(({ state }) => state.contexts.get(conversationId));
  return { context, status: context ? 'ready' : (read?.status ?? 'loading') };
}
