import type { Recall } from '../state/kept.js';
import type { ReadKey } from '../state/state.js';
import type { Store } from '../state/store.js';
import type { Message } from '../wire/contract.js';
import { idOf } from './questions.js';

/**
 * Shows the kept end of a conversation in place of a page, unless more has come since than what was kept. Gives the
 * rows that were shown. Never rejects.
 */
export async function showKept(store: Store, key: ReadKey, recall: Recall): Promise<readonly Message[]> {
  const { generation, revision } = store.getSnapshot().state;
  const conversationId = idOf(key);
  store.dispatch({ type: 'read-began', key });
  const kept = await recall(conversationId).catch(() => undefined);
  // After a reset what is kept is of another history.
  if (store.getSnapshot().state.generation !== generation) return [];
  if (kept && kept.revision >= revision) {
    store.dispatch({ type: 'messages-read', conversationId, ...kept });
    return kept.rows;
  }
  store.dispatch({ type: 'read-dropped', key });
  return [];
}
