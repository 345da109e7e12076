import type { Failure, MessageView } from '@bitworks/sdk';
import { useClient } from './useClient.js';
import { useRead } from './useRead.js';
import { useSnapshot } from './useSnapshot.js';
import { useWatch } from './useWatch.js';

export interface Messages {
  /** In order of writing, from the oldest that is loaded. */
  readonly messages: readonly MessageView[];
  /** `loading` only until the first page is there. */
  readonly status: 'loading' | 'ready' | 'failed';
  readonly failure: Failure | undefined;
  readonly hasOlder: boolean;
  readonly isLoadingOlder: boolean;
  readonly loadOlder: () => void;
  readonly retry: () => void;
}

/** The newest messages of a conversation, live, and the older ones a page at a time. */
export function useMessages(conversationId: string): Messages {
  const key = `messages/${conversationId}` as const;
  useWatch(key);
  const client = useClient();
  const read = useRead(key);
  const loaded = useSnapshot(({ state }) => state.loaded.get(conversationId));
  const messages = useSnapshot(({ state }, { views }) => views.messages(state, conversationId));
  const isDraft = useSnapshot(({ state }) => !state.conversations.has(conversationId) && messages.length > 0);
  return {
    messages,
    status: read?.status === 'failed' ? 'failed' : loaded || isDraft ? 'ready' : 'loading',
    failure: read?.failure,
    hasOlder: loaded?.next !== undefined,
    isLoadingOlder: loaded !== undefined && read?.status === 'loading',
    loadOlder: () => client.more(key),
    retry: () => client.reread(key),
  };
}
