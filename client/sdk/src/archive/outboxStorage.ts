import type { OutboxStorage } from '../state/kept.js';
import type { Pending } from '../state/writes.js';
import { answerTo, type ObjectStore } from './database.js';

/**
 * Keeps unsent writes in the object store that `open` opens. A full disk or a private window keeps nothing; what is
 * written is sent all the same.
 */
export function createOutboxStorage(
  open: (mode?: IDBTransactionMode) => Promise<ObjectStore<Pending>>,
): OutboxStorage {
  function attempt(step: (store: ObjectStore<Pending>) => IDBRequest): void {
    open('readwrite')
      .then(step)
      .catch(() => undefined);
  }

  return {
    load: async () => answerTo((await open()).getAll()),
    put: (one) => attempt((store) => store.put(one, one.key)),
    remove: (key) => attempt((store) => store.delete(key)),
  };
}
