import type { Client } from '@bitworks/sdk';
import { useClient } from './useClient.js';

/** What of a client changes something. */
export type Actions = Pick<
  Client,
  | 'createConversation'
  | 'renameConversation'
  | 'deleteConversation'
  | 'sendMessage'
  | 'editMessage'
  | 'deleteMessage'
  | 'retry'
  | 'discard'
  | 'release'
  | 'saveContext'
  | 'reply'
  | 'stop'
>;

/** What can be done. Never causes a render: the object is the same for as long as the provider is on the screen. */
export function useActions(): Actions {
  return useClient();
}
