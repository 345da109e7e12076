import type { ReadKey } from '@bitworks/sdk';
import { useEffect } from 'react';
import { useClient } from './useClient.js';

/** Keeps something read and right while the component is on the screen. */
export function useWatch(key: ReadKey): void {
  const client = useClient();
  useEffect(() => client.watch(key), [client, key]);
}
