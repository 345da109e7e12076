import type { Element, Nodes } from 'hast';

/** Elements in one block above which showing it would be felt: 3,000 cells take Chromium 100 ms. */
const MOST_ELEMENTS = 3_000;
/** How deep elements may stand in each other. */
const DEEPEST = 100;
/** Characters of one paragraph, or line of code. */
const LONGEST_LINE = 30_000;
/** Parts of one that run from right to left: browsers take the square of their number, 200 ms for 5,000. */
const MOST_TURNS = 1_000;
const CHARACTERS_AS_ONE_ELEMENT = 50;

const RIGHT_TO_LEFT =
  /[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]+/gu;
const PARAGRAPHS = new Set(['p', 'li', 'td', 'th', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'pre']);

/** What a block costs to show. */
export interface Cost {
  /** In elements, and what of its text takes as long. */
  readonly size: number;
  readonly isBearable: boolean;
}

/** Counts a block, and takes away where in the text each of it stood, which nobody needs any more. */
export function costOf(block: Nodes): Cost {
  let [elements, characters, isTooMuch] = [0, 0, false];
  count(block, 0);
  const size = elements + characters / CHARACTERS_AS_ONE_ELEMENT;
  return { size, isBearable: !isTooMuch && elements <= MOST_ELEMENTS };

  function count(node: Nodes, depth: number): void {
    delete node.position;
    if (node.type === 'text') characters += node.value.length;
    if (node.type !== 'element') return;
    elements += 1;
    isTooMuch ||= depth > DEEPEST || (PARAGRAPHS.has(node.tagName) && isTooLong(node));
    for (const child of node.children) count(child, depth + 1);
  }
}

function isTooLong(paragraph: Element): boolean {
  const text = textOf(paragraph);
  const lines = paragraph.tagName === 'pre' ? text.split('\n') : [text];
  return lines.some(isTooLongLine);
}

/** Whether it takes long to find out where a text without line endings is to be broken. */
export function isTooLongLine(text: string): boolean {
  return text.length > LONGEST_LINE || (text.match(RIGHT_TO_LEFT)?.length ?? 0) > MOST_TURNS;
}

/** What it says besides the paragraphs within it. */
function textOf(element: Element): string {
  return element.children
    .map((child) => {
      if (child.type === 'text') return child.value;
      return child.type === 'element' && !PARAGRAPHS.has(child.tagName) ? textOf(child) : '';
    })
    .join('');
}
