import type { Failure, MessageView } from '@bitworks/sdk';
import { useCallback } from 'react';
import { useClient } from './useClient.js';
import { useRead } from './useRead.js';
import { useSnapshot } from './useSnapshot.js';
import { useWatch } from './useWatch.js';

/** The loaded messages of one conversation, and the ways to more of them. */
export interface Messages {
  /** In order of writing, from the oldest that is loaded. */
  readonly messages: readonly MessageView[];
  /** `loading` only until the first page is there. */
  readonly status: 'loading' | 'ready' | 'failed';
  readonly failure: Failure | undefined;
  readonly hasOlder: boolean;
  readonly isLoadingOlder: boolean;
  readonly loadOlder: () => void;
  /** Whether the end was let go, which happens only with `keep`. */
  readonly hasNewer: boolean;
  readonly loadNewer: () => void;
  /** Goes back to the end, if it was let go. */
  readonly toLatest: () => void;
  readonly retry: () => void;
}

/** How much of a conversation is held; by itself all that was loaded. */
export interface MessagesOptions {
  /** How many messages to hold at most, beside the next page: what is farthest from where one reads is let go. */
  readonly keep?: number;
}

/** The newest messages of a conversation, live, and the older ones a page at a time. */
export function useMessages(conversationId: string, { keep }: MessagesOptions = {}): Messages {
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
    loadOlder: useCallback(() => client.more(key, holding(keep)), [client, key, keep]),
    hasNewer: loaded?.newer !== undefined,
    loadNewer: useCallback(() => client.more(key, { ...holding(keep), side: 'newer' }), [client, key, keep]),
    toLatest: useCallback(() => client.latest(conversationId), [client, conversationId]),
    retry: useCallback(() => client.reread(key), [client, key]),
  };
}

function holding(keep: number | undefined): MessagesOptions {
  return keep === undefined ? {} : { keep };
}
