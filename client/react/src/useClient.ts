import type { Client } from '@bitworks/sdk';
import { useContext } from 'react';
import { ClientContext } from './clientContext.js';

/** The client itself, for what no hook covers. It never changes while its provider is on the screen. */
export function useClient(): Client {
  const client = useContext(ClientContext);
  if (!client) throw new Error('There is no BitworksProvider above this component.');
  return client;
}
