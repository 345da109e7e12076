import type { Parent, PhrasingContent, Root } from 'mdast';
import { visit } from 'unist-util-visit';

const BREAK = /^<br\s*\/?>$/i;
const OPENING = /^<(sub|sup)>$/i;

declare module 'mdast' {
  interface RootContentMap {
    raised: Raised;
  }
  interface PhrasingContentMap {
    raised: Raised;
  }
}

/** What stands above the line, or below it. */
interface Raised extends Parent {
  type: 'raised';
  children: PhrasingContent[];
  data: { hName: string };
}

/** `<br>`, `<sub>…</sub>` and `<sup>…</sup>` mean what they say, as long as they say nothing else. Other HTML is text. */
export function remarkHarmlessHtml() {
  return (tree: Root): void => {
    visit(tree, (node) => {
      if ('children' in node) node.children = understood(node.children as PhrasingContent[]);
    });
  };
}

function understood(children: readonly PhrasingContent[]): PhrasingContent[] {
  if (!children.some(({ type }) => type === 'html')) return [...children];
  const closings = closingsOf(children);
  const kept: PhrasingContent[] = [];
  for (let at = 0; at < children.length; at += 1) {
    const [node, closing] = [children[at], closings.get(at)];
    if (!node) continue;
    if (closing === undefined) {
      kept.push(node.type === 'html' && BREAK.test(node.value) ? { ...node, type: 'break' } : node);
      continue;
    }
    kept.push(raised(nameOf(node) ?? '', understood(children.slice(at + 1, closing))));
    at = closing;
  }
  return kept;
}

/** Where what was opened is closed among its siblings; what is not is missing. */
function closingsOf(children: readonly PhrasingContent[]): Map<number, number> {
  const closings = new Map<number, number>();
  const open: { readonly name: string; readonly at: number }[] = [];
  children.forEach((node, at) => {
    const name = nameOf(node);
    if (name) open.push({ name, at });
    const last = open.at(-1);
    if (last && node.type === 'html' && node.value.toLowerCase() === `</${last.name}>`) {
      closings.set(last.at, at);
      open.pop();
    }
  });
  return closings;
}

function nameOf(node: PhrasingContent): string | undefined {
  return node.type === 'html' ? OPENING.exec(node.value)?.[1]?.toLowerCase() : undefined;
}

function raised(hName: string, children: PhrasingContent[]): Raised {
  return { type: 'raised', children, data: { hName } };
}
