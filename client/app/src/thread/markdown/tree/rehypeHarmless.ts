import type { Element, Parents, Root, Text } from 'hast';
import type { Raw } from 'mdast-util-to-hast';
import { visit } from 'unist-util-visit';
import { safeAddress } from '../safeAddress';

/** Makes text of HTML, and takes every address away that is not safe to follow. */
export function rehypeHarmless() {
  return (tree: Root): void => {
    visit(tree, (node, at, parent) => {
      if (node.type === 'raw' && parent && at !== undefined) parent.children[at] = written(node, parent);
      if (node.type === 'element') keepSafe(node, 'href', 'src');
    });
  };
}

/** Among paragraphs it is one. */
function written({ value, position }: Raw, parent: Parents): Element | Text {
  const text: Text = { type: 'text', value };
  const isBlock = parent.type === 'root' || ('tagName' in parent && parent.tagName === 'blockquote');
  if (!isBlock) return text;
  return {
    type: 'element',
    tagName: 'p',
    properties: {},
    children: [text],
    ...(position && { position }),
  };
}

function keepSafe({ properties }: Element, ...names: readonly string[]): void {
  for (const name of names.filter((name) => name in properties))
    properties[name] = safeAddress(String(properties[name] ?? ''));
}
