import type { Connection } from '@bitworks/sdk';
import { useSnapshot } from './useSnapshot.js';

/** How this device stands with the server. */
export function useConnection(): Connection {
  return useSnapshot(({ connection }) => connection);
}
