import type { Element, Nodes, Root } from 'hast';
import { visit } from 'unist-util-visit';

const BLOCKS = new Set([
  'p',
  'li',
  'ul',
  'ol',
  'blockquote',
  'table',
  'td',
  'th',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
]);
/** What has a direction of its own, whatever it says. */
const LEFT_TO_RIGHT = new Set(['code', 'pre']);
const LETTER = /\p{L}/u;
const RIGHT_TO_LEFT =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}\p{Script=Hanifi_Rohingya}\p{Script=Mandaic}\p{Script=Samaritan}]/u;

/**
 * Gives each block the direction of its own first letter, as `dir="auto"` would; but a list too has that of the first of
 * its items, for which browsers do not look where an item has a direction of its own.
 */
export function rehypeDirections() {
  return (tree: Root): void => {
    visit(tree, 'element', (element) => {
      if (LEFT_TO_RIGHT.has(element.tagName)) element.properties.dir = 'ltr';
      else if (BLOCKS.has(element.tagName)) setDirection(element);
    });
  };
}

function setDirection(element: Element): void {
  const letter = firstLetter(element);
  if (letter !== undefined) element.properties.dir = RIGHT_TO_LEFT.test(letter) ? 'rtl' : 'ltr';
}

function firstLetter(node: Nodes): string | undefined {
  if (node.type === 'text') return LETTER.exec(node.value)?.[0];
  if (!('children' in node) || (node.type === 'element' && LEFT_TO_RIGHT.has(node.tagName))) return undefined;
  for (const child of node.children) {
    const letter = firstLetter(child);
    if (letter !== undefined) return letter;
  }
  return undefined;
}
