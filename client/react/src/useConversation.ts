import type { ConversationView } from '@bitworks/sdk';
import { useRead } from './useRead.js';
import { useSnapshot } from './useSnapshot.js';
import { useWatch } from './useWatch.js';

/** One conversation, and how the reading of it stands. */
export interface OneConversation {
  readonly conversation: ConversationView | undefined;
  /** `absent`: deleted, never there, or somebody else's. */
  readonly status: 'loading' | 'ready' | 'absent' | 'failed';
}

/** One conversation, also when no page of the list has shown it. */
export function useConversation(id: string): OneConversation {
  useWatch(`conversation/${id}`);
  const read = useRead(`conversation/${id}`);
  const conversation = useSnapshot(({ state }, { views }) => views.conversation(state, id));
  const isDeleted = useSnapshot(({ state }) => state.deleted.has(id));
  if (conversation) return { conversation, status: 'ready' };
  if (isDeleted) return { conversation, status: 'absent' };
  return { conversation, status: read?.status === 'failed' ? 'failed' : 'loading' };
}
