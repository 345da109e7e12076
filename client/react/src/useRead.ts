import type { Read, ReadKey } from '@bitworks/sdk';
import { useSnapshot } from './useSnapshot.js';

/** How a reading stands; undefined before it began. */
export function useRead(key: ReadKey): Read | undefined {
  return useSnapshot(({ state }) => state.reads.get(key));
}
