import { useCallback } from 'react';
import { useClient } from './useClient.js';
import { useSnapshot } from './useSnapshot.js';

/** Who types, and a way to tell. */
export interface Typing {
  /** Whether another device of the user is typing here. */
  readonly isTyping: boolean;
  /** To be called as one types: the other devices are told, though not at every key. */
  readonly tell: () => void;
}

/** Whether another device types in a conversation; telling never causes a render. */
export function useTyping(conversationId: string): Typing {
  const client = useClient();
  const isTyping = useSnapshot(({ state }) => state.typing.has(conversationId));
  return { isTyping, tell: useCallback(() => client.typing(conversationId), [client, conversationId]) };
}
