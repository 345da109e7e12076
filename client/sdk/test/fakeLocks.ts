/** Web Locks as far as one exclusive lock needs them: a queue, abortable, and taken away by whoever steals. */
export class FakeLocks {
  private holder: ((error: Error) => void) | undefined;
  private readonly queue: (() => void)[] = [];

  request = async (_name: string, options: LockOptions, hold: () => Promise<void>): Promise<void> => {
    if (options.steal) this.holder?.(new DOMException('Stolen.', 'AbortError'));
    else if (this.holder) await this.turn(options.signal);
    await this.give(hold);
  };

  private turn(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.queue.push(resolve);
      signal?.addEventListener('abort', () => {
        this.queue.splice(this.queue.indexOf(resolve), 1);
        reject(new DOMException('Aborted.', 'AbortError'));
      });
    });
  }

  private async give(hold: () => Promise<void>): Promise<void> {
    const stolen = new Promise<never>((_resolve, reject) => (this.holder = reject));
    const mine = this.holder;
    try {
      await Promise.race([hold(), stolen]);
    } finally {
      if (this.holder === mine) this.next();
    }
  }

  private next(): void {
    this.holder = undefined;
    this.queue.shift()?.();
  }
}
