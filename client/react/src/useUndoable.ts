import type { Pending } from '@bitworks/sdk';
import { useSnapshot } from './useSnapshot.js';

/** A deletion that is held back for a while. */
export type Undoable = Pending & {
  readonly write: Extract<Pending['write'], { readonly event: `${string}:delete` }>;
};

/** The latest deletion that can still be undone, in whichever tab it was made: `discard(key)` undoes it. */
export function useUndoable(): Undoable | undefined {
  return useSnapshot(({ state }) => state.pending.findLast(isUndoable));
}

/** Nothing but a deletion is ever held back. */
function isUndoable(pending: Pending): pending is Undoable {
  return pending.heldUntil !== undefined;
}
