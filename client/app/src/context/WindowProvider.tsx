import { useContextRecord, useContextWindow, type ContextWindow } from '@bitworks/react';
import type { Context } from '@bitworks/sdk';
import { createContext, use, useMemo, type ReactNode } from 'react';
import { marksOf, NO_MARKS, type WindowMarks } from './windowMarks';

export interface ConversationWindow {
  readonly conversationId: string;
  readonly reading: Omit<ContextWindow, 'isLoading'>;
  readonly marks: WindowMarks;
  readonly context: Context | undefined;
  /** Whether it is known if there is a context. */
  readonly isContextKnown: boolean;
}

const Held = createContext<ConversationWindow | undefined>(undefined);

/**
 * Reads the window of a conversation once for all who show something of it. What is inside is not rendered when it
 * changes; only who asks for it is.
 */
export function WindowProvider({
  conversationId,
  children,
}: {
  conversationId: string;
  children: ReactNode;
}) {
  const { window, failure, reload } = useContextWindow(conversationId);
  const { context, status } = useContextRecord(conversationId);
  const isContextKnown = status === 'ready';
  const held = useMemo(() => {
    const marks = window ? marksOf(window) : NO_MARKS;
    return { conversationId, reading: { window, failure, reload }, marks, context, isContextKnown };
  }, [conversationId, window, failure, reload, context, isContextKnown]);
  return <Held value={held}>{children}</Held>;
}

export function useConversationWindow(): ConversationWindow {
  const held = use(Held);
  if (!held) throw new Error('There is no WindowProvider around this.');
  return held;
}
