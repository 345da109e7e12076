import type { ConversationView, Failure } from '@bitworks/sdk';
import { useCallback } from 'react';
import { useClient } from './useClient.js';
import { useRead } from './useRead.js';
import { useSnapshot } from './useSnapshot.js';
import { useWatch } from './useWatch.js';

/** The list of conversations, and the way to more of it. */
export interface Conversations {
  /** The latest first. */
  readonly conversations: readonly ConversationView[];
  /** `loading` only until the first page is there. */
  readonly status: 'loading' | 'ready' | 'failed';
  readonly failure: Failure | undefined;
  readonly hasMore: boolean;
  readonly isLoadingMore: boolean;
  readonly loadMore: () => void;
  readonly retry: () => void;
}

/** The list of conversations, live, with the writes that are under way. */
export function useConversations(): Conversations {
  useWatch('conversations');
  const client = useClient();
  const read = useRead('conversations');
  const conversations = useSnapshot(({ state }, { views }) => views.conversations(state));
  const hasMore = useSnapshot(({ state }) => state.nextConversations !== undefined);
  const isFirst = !hasMore && read?.status !== 'ready';
  return {
    conversations,
    status: read?.status === 'failed' ? 'failed' : isFirst ? 'loading' : 'ready',
    failure: read?.failure,
    hasMore,
    isLoadingMore: hasMore && read?.status === 'loading',
    loadMore: useCallback(() => client.more('conversations'), [client]),
    retry: useCallback(() => client.reread('conversations'), [client]),
  };
}
