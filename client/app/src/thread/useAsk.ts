import { useActions } from '@bitworks/react';
import type { SendOptions, Submitted } from '@bitworks/sdk';
import { useCallback } from 'react';
import { useAnswerer } from '../models/useAnswerer';

/** An answer that is under way is not disturbed: the next one waits for it. */
const ASKING: SendOptions = { reply: true, onBusy: 'enqueue' };

/** Sends a message, and asks for an answer where there is somebody to give one. */
export function useAsk(): (conversationId: string, content: string) => Submitted {
  const { sendMessage } = useActions();
  const answers = useAnswerer();
  return useCallback(
    (conversationId, content) => sendMessage(conversationId, content, answers ? ASKING : {}),
    [sendMessage, answers],
  );
}
