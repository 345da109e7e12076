import type { Root, RootContent } from 'hast';
import { laidOut } from '../layout';
import { costOf } from './cost';

/** A top-level block of a text: a paragraph, a list, a table … */
export interface Block {
  /** Blocks of one key look alike. */
  readonly key: string;
  /** As it was written. */
  readonly source: string;
  /** None where it would take the page too long to show: then it is shown as it was written. */
  readonly tree: Root | undefined;
  /** What it costs to show, in elements. */
  readonly size: number;
}

/** What is done to a tree before it is counted. It leaves as many blocks as there were. */
export type Finish = (tree: Root) => void;

const nothing: Finish = () => undefined;

/** A text in blocks, each as it is shown. Raises what the parser does of a text that is nested thousands of times. */
export function blocksOf(text: string, footnoteLabel: string, finish: Finish = nothing): Block[] {
  const tree = laidOut(text, footnoteLabel);
  const sources = tree.children.map(({ position }) =>
    text.slice(position?.start.offset ?? 0, position?.end.offset ?? 0),
  );
  // What a link or a note means may stand in another block.
  const isExplained = text.includes(']:');
  finish(tree);
  return tree.children.flatMap((child, at) => {
    // Between blocks stand line endings.
    if (child.type === 'text' && child.value.trim() === '') return [];
    const source = sources[at] ?? '';
    return [blockOf(child, source, isExplained || source === '' ? text : source)];
  });
}

function blockOf(child: RootContent, source: string, key: string): Block {
  const { size, isBearable } = costOf(child);
  return { key, source, size, tree: isBearable ? { type: 'root', children: [child] } : undefined };
}
