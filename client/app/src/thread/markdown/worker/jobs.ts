import type { RootContent } from 'hast';
import type { Block } from './blocksOf';

/** What the page asks of the worker. */
export interface LayoutJob {
  readonly kind: 'layout';
  readonly text: string;
  readonly footnoteLabel: string;
  /** Who asks: a text that grows is asked for again and again, and what is finished of it is not read again. */
  readonly reader: number;
}

export interface ColourJob {
  readonly kind: 'colours';
  readonly code: string;
  readonly language: string;
}

export type Job = LayoutJob | ColourJob;

/** The parts of a text that are other ones than those this reader was given last. */
export interface Layout {
  /** How many of the parts that it was given stay. */
  readonly kept: number;
  readonly parts: readonly (readonly Block[])[];
  readonly hasFormulas: boolean;
  /** Milliseconds. */
  readonly took: number;
}

export interface Answers {
  readonly layout: Layout;
  readonly colours: readonly RootContent[] | undefined;
}

/** What the worker tells: that it is there, that it began (what it needs is loaded), and how it went. */
export type News =
  | { readonly is: 'ready' | 'begun' | 'failed' }
  | { readonly is: 'done'; readonly answer: Answers[Job['kind']] };
