import type { StateEvent } from '../state/events.js';
import type { OutboxStorage, Recall } from '../state/kept.js';
import type { State } from '../state/state.js';
import type { Store } from '../state/store.js';
import { createArchive, type Archive } from './archive.js';

/** What takes over the writes that an earlier visit left, once the state is there: the outbox. */
interface Restoring {
  restore(): Promise<void>;
}

/** What a client keeps between visits. Where a browser keeps nothing, or refuses to, it goes on without. */
export interface Memory {
  readonly record: (event: StateEvent, state: State) => void;
  /** Shows what was kept, once; afterwards the rest may be asked for. Never rejects. */
  restoreInto(store: Store, outbox: Restoring): Promise<void>;
  readonly thread: Recall | undefined;
  readonly outbox: OutboxStorage | undefined;
  flush(): Promise<void>;
  forgetHistory(): Promise<void>;
  forget(): Promise<void>;
}

/** Milliseconds after which a browser that does not open its database is not waited for any longer. */
const PATIENCE = 2_000;

/** Keeps in IndexedDB; nothing where `keeps` is false or there is none. */
export function createMemory(options: { url: string; userId: string; keeps?: boolean }): Memory {
  const { keeps = true, url, userId } = options;
  const archive =
    keeps && typeof indexedDB !== 'undefined' ? createArchive(`bitworks ${url} ${userId}`) : undefined;
  return archive ? lasting(archive) : FLEETING;
}

function lasting(archive: Archive): Memory {
  let restoring: Promise<void> | undefined;
  let announce: () => void = () => undefined;
  const isRestored = new Promise<void>((resolve) => (announce = resolve));

  async function restore(store: Store, outbox: Restoring): Promise<void> {
    writeWhenHidden(() => void archive.flush());
    const restored = await archive.restore();
    if (restored) store.dispatch(restored);
    await outbox.restore();
  }

  function restoreInto(store: Store, outbox: Restoring): Promise<void> {
    restoring ??= Promise.race([restore(store, outbox), impatience()])
      .catch(() => undefined)
      .then(announce);
    return restoring;
  }

  return {
    ...archive,
    restoreInto,
    thread: (id) => isRestored.then(() => archive.thread(id)),
  };
}

const done = (): Promise<void> => Promise.resolve();

const FLEETING: Memory = {
  record: () => undefined,
  restoreInto: (_store, outbox) => outbox.restore(),
  thread: undefined,
  outbox: undefined,
  flush: done,
  forgetHistory: done,
  forget: done,
};

function impatience(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PATIENCE));
}

/** A page that is hidden may never be shown again: there is no later moment that is sure to come. */
function writeWhenHidden(write: () => void): void {
  if (typeof document === 'undefined') return;
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') write();
  });
}
