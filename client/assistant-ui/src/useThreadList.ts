import { useActions, useConversations } from '@bitworks/react';
import type { ConversationView } from '@bitworks/sdk';
import { useMemo } from 'react';

/** What is relied on of assistant-ui's list, which may still change: the compiler tells when it does. */
interface ThreadList {
  readonly threadId: string | undefined;
  readonly threads: readonly Thread[];
  readonly isLoading: boolean;
  readonly onSwitchToNewThread: () => void;
  readonly onSwitchToThread: (threadId: string) => void;
  readonly onRename: (threadId: string, title: string) => void;
  readonly onDelete: (threadId: string) => void;
}

interface Thread {
  readonly id: string;
  readonly remoteId: string;
  readonly status: 'regular';
  readonly title?: string;
}

interface ThreadListOptions {
  readonly threadId: string | undefined;
  readonly onThreadChange: (threadId: string | undefined) => void;
}

/** The conversations as assistant-ui's thread list, the latest first; archiving is not known here. */
export function useThreadList({ threadId, onThreadChange }: ThreadListOptions): ThreadList {
  const { conversations, status } = useConversations();
  const { renameConversation, deleteConversation } = useActions();
  const threads = useMemo(() => conversations.map(threadOf), [conversations]);
  return {
    threadId,
    threads,
    isLoading: status === 'loading',
    onSwitchToNewThread: () => onThreadChange(undefined),
    onSwitchToThread: onThreadChange,
    onRename: (id, title) => void renameConversation(id, title),
    onDelete(id) {
      if (id === threadId) onThreadChange(undefined);
      deleteConversation(id);
    },
  };
}

function threadOf({ record: { id, title } }: ConversationView): Thread {
  return { id, remoteId: id, status: 'regular', ...(title !== null && { title }) };
}
