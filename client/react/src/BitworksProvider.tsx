import type { Client } from '@bitworks/sdk';
import { useEffect, type ReactNode } from 'react';
import { ClientContext } from './clientContext.js';

/** Gives its children one client, connected for as long as they are on the screen. */
export function BitworksProvider({ client, children }: { client: Client; children: ReactNode }) {
  useEffect(() => {
    client.connect();
    return () => client.close();
  }, [client]);
  return <ClientContext value={client}>{children}</ClientContext>;
}
