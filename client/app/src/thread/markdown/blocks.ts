import type { Nodes, Root } from 'mdast';

/**
 * Markdown that grows, cut where its top-level blocks begin. What stands before the last of them can be changed by
 * nothing that is written after it, so it is read once; and however long a text becomes, a word more costs one block.
 */
export interface Blocks {
  readonly text: string;
  /** The parts of the text, in order: together they say what the whole says. All but the last are finished. */
  readonly parts: readonly string[];
  /** Whether one part is explained in another, as footnotes are: then the text is one part, for good. */
  readonly isWhole: boolean;
}

export type Parse = (text: string) => Root;

type Position = NonNullable<Nodes['position']>;

/** A text that nobody has seen grow is one part: most never do, and need no cutting. */
export function whole(text: string): Blocks {
  return { text, parts: [text], isWhole: false };
}

/** The same blocks, of a text that became longer. One that became another is cut anew. */
export function grown(held: Blocks, text: string, parse: Parse): Blocks {
  const finished = held.parts.slice(0, -1);
  const from = finished.reduce((sum, part) => sum + part.length, 0);
  if (!text.startsWith(held.text.slice(0, from))) return grown(whole(''), text, parse);
  if (held.isWhole) return { ...whole(text), isWhole: true };
  const tail = text.slice(from);
  if (isExplaining(tail, parse)) return { ...whole(text), isWhole: true };
  return { text, parts: [...finished, ...cut(tail, starts(tail, parse))], isWhole: false };
}

/**
 * Where blocks begin that stay what they are: after an empty line, for what follows at once may be one with what stands
 * before, and only among what is not indented, which may be too. The last line does not count: `-` may become a list,
 * a rule, a table.
 */
function starts(text: string, parse: Parse): number[] {
  const lines = text.slice(0, text.lastIndexOf('\n') + 1);
  const blocks = parse(lines).children.flatMap(({ position }) => position ?? []);
  const isAtMargin = ({ start }: Position) => /\S/.test(lines.charAt((start.offset ?? 0) - start.column + 1));
  return blocks.flatMap((block, at) => {
    const before = blocks[at - 1];
    const isApart = before && block.start.line > before.end.line + 1;
    return isApart && isAtMargin(before) && isAtMargin(block) ? (block.start.offset ?? []) : [];
  });
}

function cut(text: string, at: readonly number[]): string[] {
  return [0, ...at].map((start, index) => text.slice(start, at[index]));
}

/** Whether it says what a link or a footnote elsewhere means. */
function isExplaining(text: string, parse: Parse): boolean {
  return text.includes(']:') && hasDefinition(parse(text));
}

function hasDefinition(node: Nodes): boolean {
  if (node.type === 'definition' || node.type === 'footnoteDefinition') return true;
  return 'children' in node && node.children.some(hasDefinition);
}
