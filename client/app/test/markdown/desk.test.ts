import { expect, test } from 'vitest';
import { Desk } from '../../src/thread/markdown/worker/desk';
import type { News } from '../../src/thread/markdown/worker/jobs';

const JOB = { kind: 'layout', text: 'a text', footnoteLabel: 'Notes', reader: 1 } as const;
const LAYOUT = { kept: 0, parts: [], hasFormulas: false, took: 1 };

/** A worker that cannot be loaded, or one that does what it is asked. */
class Hired {
  onmessage: ((event: { data: News }) => void) | undefined;
  onerror: (() => void) | undefined;

  constructor(isBroken: boolean) {
    queueMicrotask(() => (isBroken ? this.onerror?.() : this.tell({ is: 'ready' })));
  }

  postMessage(): void {
    queueMicrotask(() => this.tell({ is: 'done', answer: LAYOUT }));
  }

  terminate(): void {
    this.onmessage = undefined;
  }

  private tell(data: News): void {
    this.onmessage?.({ data });
  }
}

function deskOf(...broken: boolean[]) {
  const hired: Hired[] = [];
  const desk = new Desk(() => {
    hired.push(new Hired(broken[hired.length] ?? false));
    return hired.at(-1) as unknown as Worker;
  });
  return { desk, hired };
}

test('where the worker could not be loaded once, the next text is laid out all the same', async () => {
  const { desk } = deskOf(true);
  await expect(desk.ask(JOB)).rejects.toThrow('Nobody lays it out.');
  expect(await desk.ask(JOB)).toBe(LAYOUT);
});

test('where it cannot be loaded again, nobody tries any longer', async () => {
  const { desk, hired } = deskOf(true, true, true);
  for (const job of [JOB, JOB, JOB]) await expect(desk.ask(job)).rejects.toThrow('Nobody lays it out.');
  expect(hired).toHaveLength(2);
});
