import type { Element, ElementContent, Root } from 'hast';
import { fromHtml } from 'hast-util-from-html';
import katex, { type KatexOptions } from 'katex';
import { visit } from 'unist-util-visit';

/** Characters of a formula above which it is shown as it was written. */
const LONGEST = 10_000;

const OPTIONS: KatexOptions = {
  strict: 'ignore',
  throwOnError: true,
  trust: false,
  /** Ems: no formula grows beyond its message. */
  maxSize: 20,
  /** How often a macro may be replaced. */
  maxExpand: 1_000,
};

/** Puts formulas in the place of `<code class="language-math">`; one that is none stays as it was written. */
export function withFormulas(tree: Root): void {
  visit(tree, 'element', (element, at, parent) => {
    const code = formulaIn(element);
    if (!code || !parent || at === undefined) return;
    const isDisplay = element.tagName === 'pre' || classesOf(code).includes('math-display');
    const formula = laidOut(textOf(code), isDisplay);
    if (formula) parent.children[at] = formula;
  });
}

/** The code of a formula: of one with a line of its own, or of a block of code that is called `math`, it is in a `pre`. */
function formulaIn(element: Element): Element | undefined {
  const code = element.tagName === 'pre' ? element.children[0] : element;
  return code?.type === 'element' && code.tagName === 'code' && classesOf(code).includes('language-math')
    ? code
    : undefined;
}

function laidOut(text: string, displayMode: boolean): ElementContent | undefined {
  if (text.length > LONGEST) return undefined;
  try {
    const html = katex.renderToString(text, { ...OPTIONS, displayMode });
    const [formula] = fromHtml(html, { fragment: true }).children;
    return formula?.type === 'element' ? formula : undefined;
  } catch {
    return undefined;
  }
}

function classesOf({ properties }: Element): unknown[] {
  return Array.isArray(properties.className) ? properties.className : [];
}

function textOf(element: Element): string {
  return element.children.map((child) => (child.type === 'text' ? child.value : '')).join('');
}
