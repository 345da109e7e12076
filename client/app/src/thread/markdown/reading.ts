import { isQuick } from './atOnce';
import { blocksOf, type Block } from './worker/blocksOf';
import { desk } from './worker/desk';
import type { Layout } from './worker/jobs';

type Parts = readonly (readonly Block[])[];

/** A text and how it is laid out; without blocks it is shown as it was written. */
export interface Reading {
  readonly text: string;
  readonly parts: Parts | undefined;
  /** Whether it cannot be laid out. */
  readonly isRefused?: boolean;
}

/** How long the worker rests behind each layout of a text that grows, in the time that the layout took. */
const REST = 3;
/** Characters of texts whose layout is kept for whoever scrolls back. */
const MOST_KEPT = 1_000_000;

/** Layouts of texts that are not quick, the last used at the end. */
const kept = new Map<string, Parts>();
let readers = 0;

/** What can be shown of a text at once: all of it if it is quick, or was laid out before. */
export function readAtOnce(text: string, footnoteLabel: string): Reading {
  const parts = kept.get(text);
  if (parts) keep(text, parts);
  if (parts || !isQuick(text)) return { text, parts };
  return { text, parts: [blocksOf(text, footnoteLabel)] };
}

function keep(text: string, parts: Parts): void {
  kept.delete(text);
  kept.set(text, parts);
  let sum = 0;
  for (const one of [...kept.keys()].reverse()) {
    sum += one.length;
    if (sum > MOST_KEPT) kept.delete(one);
  }
}

/**
 * Has a text that grows laid out, again and again, by the worker. What was wanted meanwhile and is out of date is skipped,
 * and the worker rests in between: so the work is a share of the time that the text takes to grow, however long it becomes.
 */
export class Reader {
  private readonly id = (readers += 1);
  private readonly show: (reading: Reading) => void;
  private last: { readonly text: string; readonly parts: Parts } | undefined;
  private wanted: string | undefined;
  /** A text that cannot be laid out, and so can none that goes on from it. */
  private refused: string | undefined;
  private isAtWork = false;

  /** `show` is called until nothing more is wanted: with a text that was, or a longer one. */
  constructor(show: (reading: Reading) => void) {
    this.show = show;
  }

  want(text: string, footnoteLabel: string): void {
    if (this.refused !== undefined && text.startsWith(this.refused)) return;
    this.wanted = text;
    if (!this.isAtWork) void this.work(footnoteLabel);
  }

  /** Nobody looks any more; what was laid out last is kept for whoever comes back. */
  leave(): void {
    this.wanted = undefined;
    if (this.last) keep(this.last.text, this.last.parts);
  }

  private async work(footnoteLabel: string): Promise<void> {
    this.isAtWork = true;
    for (let text = this.next(); text !== undefined; text = this.next())
      await pause((await this.read(text, footnoteLabel)) * REST);
    this.isAtWork = false;
  }

  private next(): string | undefined {
    const text = this.wanted;
    this.wanted = undefined;
    return text;
  }

  /** Milliseconds that it took. */
  private async read(text: string, footnoteLabel: string): Promise<number> {
    try {
      const layout = await desk.ask({ kind: 'layout', text, footnoteLabel, reader: this.id });
      if (layout.hasFormulas) await import('katex/dist/katex.min.css');
      this.take(text, layout);
      return layout.took;
    } catch {
      this.refuse(text, footnoteLabel);
      return 0;
    }
  }

  /** What is quick needs no worker. */
  private refuse(text: string, footnoteLabel: string): void {
    const parts = partsAtOnce(text, footnoteLabel);
    if (parts) return this.show({ text, parts });
    this.refused = text;
    if (this.wanted?.startsWith(text)) this.wanted = undefined;
    this.show({ text, parts: undefined, isRefused: true });
  }

  private take(text: string, { kept, parts }: Layout): void {
    this.last = { text, parts: [...(this.last?.parts.slice(0, kept) ?? []), ...parts] };
    this.show(this.last);
  }
}

function partsAtOnce(text: string, footnoteLabel: string): Parts | undefined {
  try {
    return readAtOnce(text, footnoteLabel).parts;
  } catch {
    return undefined;
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
