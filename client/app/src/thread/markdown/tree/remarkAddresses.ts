import type { Link, PhrasingContent, Root } from 'mdast';
import { SKIP, visit } from 'unist-util-visit';
import type { VFile } from 'vfile';

/** A sign of another script than ASCII, before which a bare address ends: `https://example.org/a。然后`. */
const END = /[^\P{P}\p{ASCII}]/u;
const NEXT = /https?:\/\/[^\s<]+/;

/** Ends each address that was written without brackets where its sentence goes on. */
export function remarkAddresses() {
  return (tree: Root, file: VFile): void => {
    const source = String(file);
    visit(tree, 'link', (link, at, parent) => {
      if (at === undefined || !parent || !isBare(link, source)) return undefined;
      const parts = cut(link);
      parent.children.splice(at, 1, ...parts);
      return [SKIP, at + parts.length];
    });
  };
}

/** Whether nothing but the address was written: neither `<…>` nor `[…](…)`. */
function isBare({ children: [text], position, url }: Link, source: string): boolean {
  if (text?.type !== 'text' || !url.endsWith(text.value)) return false;
  return position === undefined || !'<['.includes(source.charAt(position.start.offset ?? 0));
}

function cut(link: Link): PhrasingContent[] {
  const [text] = link.children;
  const whole = text?.type === 'text' ? text.value : '';
  const end = whole.search(END);
  if (end < 0) return [link];
  const scheme = link.url.slice(0, link.url.length - whole.length);
  return [linkTo(whole.slice(0, end), scheme), ...written(whole.slice(end))];
}

/** Text in which there may be a further address. */
function written(text: string): PhrasingContent[] {
  const at = text.search(NEXT);
  if (at < 0) return [{ type: 'text', value: text }];
  return [{ type: 'text', value: text.slice(0, at) }, ...cut(linkTo(text.slice(at), ''))];
}

function linkTo(address: string, scheme: string): Link {
  return { type: 'link', url: scheme + address, children: [{ type: 'text', value: address }] };
}
