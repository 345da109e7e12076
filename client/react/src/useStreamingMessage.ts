import { textOf, type Message } from '@bitworks/sdk';
import { useMemo } from 'react';
import { useSnapshot } from './useSnapshot.js';

/**
 * A message as it grows. For one that is not being written it is the message itself. The list it stands in is not
 * rendered for its words: give each message a component of its own, and this hook to that component.
 */
export function useStreamingMessage(message: Message): Message {
  const content = useSnapshot(({ state }) => textOf(state, message));
  return useMemo(() => (content === message.content ? message : { ...message, content }), [message, content]);
}
