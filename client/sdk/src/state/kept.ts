/** What outlives a visit, as the archive keeps it and as those who need it back ask for it. */

import type { Message } from '../wire/contract.js';
import type { Loaded } from './state.js';
import type { Pending } from './writes.js';

/** The end of a conversation as it was at `revision`. */
export interface KeptThread extends Loaded {
  readonly revision: number;
  readonly rows: readonly Message[];
}

/** Finds the kept end of a conversation; undefined where none is kept. May reject, as any storage may. */
export type Recall = (conversationId: string) => Promise<KeptThread | undefined>;

/** Where writes wait out a reload. */
export interface OutboxStorage {
  /** All of them, in no order. */
  load(): Promise<readonly Pending[]>;
  /** Adds or replaces, by key. Does not wait, and a failure is not told: the write is sent all the same. */
  put(pending: Pending): void;
  remove(key: string): void;
}
