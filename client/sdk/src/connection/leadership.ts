/** One of the tabs of a browser leads, for as long as it lives; then the next one does. */
export interface Leadership {
  join(): void;
  leave(): void;
  /** Takes over from a leader that does not answer any more, as a tab that was frozen. */
  seize(): void;
}

interface LeadershipOptions {
  readonly locks: LockManager;
  readonly name: string;
  readonly onGained: () => void;
  readonly onLost: () => void;
}

/** Takes no part before `join`. */
export function createLeadership({ locks, name, onGained, onLost }: LeadershipOptions): Leadership {
  let waiting: AbortController | undefined;
  let release: (() => void) | undefined;
  let isIn = false;

  function request(options: LockOptions): void {
    let mine: (() => void) | undefined;
    const hold = () =>
      new Promise<void>((resolve) => {
        if (!isIn) {
          resolve();
          return;
        }
        release = mine = resolve;
        onGained();
      });
    // It rejects when the lock was taken away, and when the waiting for it was ended.
    locks.request(name, options, hold).catch(() => {
      if (mine !== undefined && release === mine) taken();
    });
  }

  function taken(): void {
    release = undefined;
    onLost();
    if (isIn) wait();
  }

  function wait(): void {
    waiting = new AbortController();
    request({ signal: waiting.signal });
  }

  function join(): void {
    if (isIn) return;
    isIn = true;
    wait();
  }

  function leave(): void {
    if (!isIn) return;
    isIn = false;
    waiting?.abort();
    const give = release;
    release = undefined;
    if (give) onLost();
    give?.();
  }

  function seize(): void {
    if (!isIn || release) return;
    waiting?.abort();
    request({ steal: true });
  }

  return { join, leave, seize };
}
