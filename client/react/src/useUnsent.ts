import type { Pending } from '@bitworks/sdk';
import { useSnapshot } from './useSnapshot.js';

/** Every write that the server has not confirmed, in order: what would be lost by signing out now. */
export function useUnsent(): readonly Pending[] {
  return useSnapshot(({ state }) => state.pending);
}
