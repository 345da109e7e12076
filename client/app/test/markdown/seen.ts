import type { Element, Nodes, Root } from 'hast';

/** What a person sees of a text that is laid out. Formulas stand by themselves, as TeX. */
export interface Seen {
  readonly lines: readonly string[];
  readonly formulas: readonly string[];
  readonly displays: readonly string[];
  readonly links: readonly string[];
  /** What “Copy code” gives, for each block. */
  readonly code: readonly string[];
  readonly bold: readonly string[];
  readonly struck: readonly string[];
  readonly raised: readonly string[];
  /** Names of elements with the direction they are given. */
  readonly directions: readonly string[];
  readonly lists: number;
}

/** A text of `tests/texts/corpus.json`, and what must be seen of it. What is not named may be anything. */
export interface Example extends Partial<Seen> {
  readonly name: string;
  readonly text: string;
}

const INLINE = new Set(['a', 'code', 'del', 'em', 'span', 'strong', 'sub', 'sup']);

export function seenIn(tree: Root): Seen {
  const elements = elementsIn(tree);
  const named = (name: string) => elements.filter(({ tagName }) => tagName === name);
  const formulas = elements.filter(({ properties }) => classes(properties).includes('language-math'));
  const isDisplay = (element: Element) =>
    classes(element.properties).includes('math-display') ||
    !classes(element.properties).includes('math-inline');
  return {
    lines: shown(tree)
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
    formulas: formulas.filter((one) => !isDisplay(one)).map(formulaText),
    displays: formulas.filter(isDisplay).map(formulaText),
    links: named('a').flatMap(({ properties }) => properties.href ?? []),
    code: named('pre')
      .filter((block) => !hasFormula(block))
      .map((block) => textOf(block).replace(/\n$/, '')),
    bold: named('strong').map(textOf),
    struck: named('del').map(textOf),
    raised: [...named('sub'), ...named('sup')].map(textOf),
    directions: elements
      .filter(({ properties }) => properties.dir && !classes(properties).includes('language-math'))
      .filter((element) => !(element.tagName === 'pre' && hasFormula(element)))
      .filter((element) => !isBlockCode(element, elements))
      .map(({ tagName, properties }) => `${tagName} ${String(properties.dir)}`),
    lists: named('ol').length + named('ul').length,
  };
}

function elementsIn(node: Nodes): Element[] {
  if (!('children' in node)) return [];
  return [...(node.type === 'element' ? [node] : []), ...node.children.flatMap(elementsIn)];
}

function classes(properties: Element['properties']): string[] {
  const { className } = properties;
  return Array.isArray(className) ? className.map(String) : [];
}

function hasFormula(block: Element): boolean {
  return elementsIn(block).some(({ properties }) => classes(properties).includes('language-math'));
}

function isBlockCode(element: Element, all: readonly Element[]): boolean {
  return (
    element.tagName === 'code' &&
    all.some(({ tagName, children }) => tagName === 'pre' && children.includes(element))
  );
}

function textOf(node: Nodes): string {
  if (node.type === 'text') return node.value;
  return 'children' in node ? node.children.map(textOf).join('') : '';
}

function formulaText(element: Element): string {
  return textOf(element).trim();
}

function shown(node: Nodes): string {
  if (node.type === 'text') return node.value;
  if (!('children' in node)) return '';
  if (node.type !== 'element') return node.children.map(shown).join('');
  if (node.tagName === 'br') return '\n';
  if (classes(node.properties).includes('language-math')) return '';
  // Spaces and line endings in a span of code are one space.
  if (node.tagName === 'code' && !textOf(node).endsWith('\n')) return textOf(node).replace(/\s+/g, ' ');
  const text = node.children.map(shown).join('');
  return INLINE.has(node.tagName) ? text : `\n${text}\n`;
}
