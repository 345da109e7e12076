import type { Element, ElementContent } from 'hast';

interface Code {
  readonly code: string;
  readonly language: string;
}

/** What a block of code says, and the language named behind its fence; none is an empty text. */
export function codeOf(block: Element | undefined): Code {
  const inner = block?.children.find((child) => child.type === 'element' && child.tagName === 'code');
  if (inner?.type !== 'element') return { code: '', language: '' };
  const { className } = inner.properties;
  const classes = Array.isArray(className) ? className.map(String) : [];
  const named = classes.find((name) => name.startsWith('language-'));
  return { code: textIn(inner).replace(/\n$/, ''), language: named?.slice('language-'.length) ?? '' };
}

function textIn(node: ElementContent): string {
  if (node.type === 'text') return node.value;
  return node.type === 'element' ? node.children.map(textIn).join('') : '';
}
