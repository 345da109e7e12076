import type { ConversationView, Pending } from '@bitworks/sdk';
import { useRead } from './useRead.js';
import { useSnapshot } from './useSnapshot.js';
import { useWatch } from './useWatch.js';

/** One conversation, and how the reading of it stands. */
export interface OneConversation {
  readonly conversation: ConversationView | undefined;
  /** `absent`: deleted, even where that can still be undone, never there, or somebody else's. */
  readonly status: 'loading' | 'ready' | 'absent' | 'failed';
}

/** One conversation, also when no page of the list has shown it. */
export function useConversation(id: string): OneConversation {
  useWatch(`conversation/${id}`);
  const read = useRead(`conversation/${id}`);
  const conversation = useSnapshot(({ state }, { views }) => views.conversation(state, id));
  const isDeleted = useSnapshot(({ state }) => state.deleted.has(id) || state.pending.some(isDeletionOf(id)));
  if (conversation) return { conversation, status: 'ready' };
  if (isDeleted) return { conversation, status: 'absent' };
  return { conversation, status: read?.status === 'failed' ? 'failed' : 'loading' };
}

/** What is being deleted here is not shown any more; where the deletion failed it is. */
function isDeletionOf(id: string): (pending: Pending) => boolean {
  return ({ write, status }) =>
    write.event === 'conversation:delete' && write.input.id === id && status === 'sending';
}
