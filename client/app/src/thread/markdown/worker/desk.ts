import type { Answers, ColourJob, Job, LayoutJob, News } from './jobs';

/** Milliseconds that one job may take: then it is given up, and what it was for is shown as it was written. */
const DEADLINE = 3_000;

/** Failures of workers, none of which got ready in between, after which no other is tried. */
const MOST_FAILURES = 2;

interface Order {
  readonly job: Job;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (answer: Answers[Job['kind']]) => void;
  readonly reject: (reason: Error) => void;
}

/**
 * Where the page has texts laid out: by one worker, one after the other, the newest first. A job that takes too long ends
 * with the worker; the next gets a new one. Where a worker cannot be loaded, what waits for it is refused, and the next job
 * has another loaded: the network may be back by then.
 */
export class Desk {
  private readonly start: () => Worker;
  private readonly waiting: Order[] = [];
  private worker: Worker | undefined;
  private isReady = false;
  private failures = 0;
  private current: Order | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(start: () => Worker) {
    this.start = start;
  }

  /** Rejects where it takes too long, cannot be done, or no worker can be had. What was aborted before is not begun. */
  ask(job: LayoutJob, signal?: AbortSignal): Promise<Answers['layout']>;
  ask(job: ColourJob, signal?: AbortSignal): Promise<Answers['colours']>;
  ask(job: Job, signal?: AbortSignal): Promise<Answers[Job['kind']]> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ job, signal, resolve, reject });
      this.next();
    });
  }

  private next(): void {
    if (this.failures >= MOST_FAILURES) this.refuseAll();
    while (this.waiting.at(-1)?.signal?.aborted)
      this.waiting.pop()?.reject(new Error('Nobody wants it any more.'));
    if (this.current || this.waiting.length === 0) return;
    this.worker ??= this.hire();
    if (!this.isReady) return;
    this.current = this.waiting.pop();
    this.worker?.postMessage(this.current?.job);
  }

  private hire(): Worker | undefined {
    try {
      const worker = this.start();
      worker.onmessage = ({ data }: MessageEvent<News>) => {
        this.hear(data);
      };
      worker.onerror = () => {
        this.fail();
      };
      return worker;
    } catch {
      this.fail();
      return undefined;
    }
  }

  private hear(news: News): void {
    if (news.is === 'ready') [this.isReady, this.failures] = [true, 0];
    if (news.is === 'begun') {
      this.timer = setTimeout(() => {
        this.dismiss();
      }, DEADLINE);
      return;
    }
    if (news.is === 'done') this.end()?.resolve(news.answer);
    if (news.is === 'failed') this.end()?.reject(new Error('It cannot be laid out.'));
    this.next();
  }

  private end(): Order | undefined {
    clearTimeout(this.timer);
    const ended = this.current;
    this.current = undefined;
    return ended;
  }

  private dismiss(): void {
    this.forgetWorker();
    this.end()?.reject(new Error('It takes too long to lay out.'));
    this.next();
  }

  private fail(): void {
    this.failures += 1;
    this.forgetWorker();
    this.end()?.reject(new Error('Nobody lays it out.'));
    this.refuseAll();
  }

  private forgetWorker(): void {
    this.worker?.terminate();
    this.worker = undefined;
    this.isReady = false;
  }

  private refuseAll(): void {
    for (const { reject } of this.waiting.splice(0)) reject(new Error('Nobody lays it out.'));
  }
}

/** The one of this page. */
export const desk = new Desk(
  () => new Worker(new URL('./layoutWorker.ts', import.meta.url), { type: 'module', name: 'layout' }),
);
