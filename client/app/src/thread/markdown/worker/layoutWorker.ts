import { grown, whole, type Blocks } from '../blocks';
import { read } from '../layout';
import { mayHaveFormulas } from '../mayHaveFormulas';
import { blocksOf, type Block, type Finish } from './blocksOf';
import type { Answers, ColourJob, Job, Layout, LayoutJob, News } from './jobs';

/** Lays texts out beside the page, one job at a time, so that none holds the page however long it takes. */

interface Held {
  readonly reader: number;
  readonly blocks: Blocks;
  readonly parts: readonly (readonly Block[])[];
}

/** The text that was asked for last: if one grows, it is that. */
let held: Held | undefined;

onmessage = ({ data }: MessageEvent<Job>) => {
  void answer(data);
};

async function answer(job: Job): Promise<void> {
  try {
    const work = job.kind === 'layout' ? await layouter(job) : await colourer(job);
    tell({ is: 'begun' });
    tell({ is: 'done', answer: work() });
  } catch {
    tell({ is: 'failed' });
  }
}

function tell(news: News): void {
  postMessage(news);
}

async function colourer({ code, language }: ColourJob): Promise<() => Answers['colours']> {
  const { coloursOf } = await import('./colours');
  return () => coloursOf(code, language);
}

async function layouter(job: LayoutJob): Promise<() => Layout> {
  const hasFormulas = mayHaveFormulas(job.text);
  const finish = hasFormulas ? (await import('./formulas')).withFormulas : undefined;
  return () => {
    const began = performance.now();
    return { ...laidOut(job, finish), hasFormulas, took: performance.now() - began };
  };
}

function laidOut(
  { reader, text, footnoteLabel }: LayoutJob,
  finish: Finish | undefined,
): Pick<Layout, 'kept' | 'parts'> {
  const last = held?.reader === reader ? held : undefined;
  held = undefined;
  const blocks = last ? grown(last.blocks, text, read) : whole(text);
  const kept = last ? sharedBeginning(last.blocks.parts, blocks.parts) : 0;
  const fresh = blocks.parts.slice(kept).map((part) => blocksOf(part, footnoteLabel, finish));
  held = { reader, blocks, parts: [...(last?.parts.slice(0, kept) ?? []), ...fresh] };
  return { kept, parts: fresh };
}

function sharedBeginning(one: readonly string[], other: readonly string[]): number {
  const end = one.findIndex((part, at) => part !== other[at]);
  return end < 0 ? one.length : end;
}

tell({ is: 'ready' });
