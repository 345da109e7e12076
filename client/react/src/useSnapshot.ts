import type { Client, Snapshot } from '@bitworks/sdk';
import { useSyncExternalStore } from 'react';
import { useClient } from './useClient.js';

/**
 * One part of the state; the component renders again only when that part is another one. What `select` answers must
 * keep its identity while nothing in it changes: so a record or a view, never an object made on the spot.
 */
export function useSnapshot<T>(select: (snapshot: Snapshot, client: Client) => T): T {
  const client = useClient();
  return useSyncExternalStore(client.store.subscribe, () => select(client.store.getSnapshot(), client));
}
