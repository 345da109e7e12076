import type { SendOptions, Submitted } from '@bitworks/sdk';
import { useCallback } from 'react';
import { useClient } from './useClient.js';

/** Writes a message; the id is known at once. */
export type Send = (content: string, options?: SendOptions) => Submitted & { readonly id: string };

/** Writes messages to one conversation: shown at once, sent as soon as possible. Never causes a render. */
export function useSend(conversationId: string): Send {
  const client = useClient();
  return useCallback(
    (content, options) => client.sendMessage(conversationId, content, options),
    [client, conversationId],
  );
}
