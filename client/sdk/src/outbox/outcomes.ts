/** What the promises of this tab's writes come to; none of them ever rejects. */

import type { WriteEvent } from '../state/events.js';
import type { State } from '../state/state.js';
import { isCreation, type Pending } from '../state/writes.js';
import type { Change } from '../wire/changes.js';
import { GONE, failed, type Outcome } from '../wire/failure.js';
import { heldChange } from './answered.js';

/** By the key of a write that has not ended: what is told its outcome. */
export type Waiting = Map<string, (outcome: Outcome<Change>) => void>;

/** Settles a write when the event ends it. */
export function settle(waiting: Waiting, event: WriteEvent): void {
  if (event.type === 'write-settled') resolve(waiting, event.key, { ok: true, data: event.change });
  if (event.type === 'write-failed') resolve(waiting, event.key, failed(event.failure));
}

/** Settles a write that got no answer: its record came by itself, or what it wrote to is gone. */
export function settleGone(
  waiting: Waiting,
  state: State,
  { key, write }: Pick<Pending, 'key' | 'write'>,
): void {
  const change = isCreation(write) ? heldChange(state, write) : undefined;
  resolve(waiting, key, change ? { ok: true, data: change } : failed(GONE));
}

function resolve(waiting: Waiting, key: string, outcome: Outcome<Change>): void {
  waiting.get(key)?.(outcome);
  waiting.delete(key);
}
