import type { Element } from 'hast';
import type { Literal } from 'mdast';
import type { CompileContext, Extension, Token } from 'mdast-util-from-markdown';
import type {} from 'mdast-util-to-hast';

/** A formula in the tree: with a line of its own, or within a text. */
interface Formula<Type extends 'math' | 'inlineMath'> extends Literal {
  type: Type;
}

declare module 'mdast' {
  interface RootContentMap {
    math: Formula<'math'>;
    inlineMath: Formula<'inlineMath'>;
  }
  interface PhrasingContentMap {
    inlineMath: Formula<'inlineMath'>;
  }
}

declare module 'micromark-util-types' {
  interface TokenTypeMap {
    formulaFlow: 'formulaFlow';
    formulaText: 'formulaText';
    formulaMark: 'formulaMark';
    formulaValue: 'formulaValue';
    /** What stands behind the end of a formula, on its line: a paragraph. */
    formulaRest: 'formulaRest';
  }
  interface Token {
    /** Of a formula within a text: whether it has a line of its own all the same. */
    isDisplay?: boolean;
    /** Of a formula by itself whose end is not there, or not yet: what it began with. */
    unclosed?: string;
  }
}

/** The tree's formulas, from what was read. As hast they are `<code class="math-…">`, which is what KaTeX's part looks for. */
export const formulaNodes: Extension = {
  enter: {
    formulaFlow(token) {
      begin(this, token, 'math');
    },
    formulaText(token) {
      begin(this, token, 'inlineMath');
    },
    formulaRest(token) {
      this.enter({ type: 'paragraph', children: [] }, token);
    },
  },
  exit: {
    formulaValue(token) {
      this.config.enter['data']?.call(this, token);
      this.config.exit['data']?.call(this, token);
    },
    formulaRest(token) {
      this.exit(token);
    },
    formulaFlow(token) {
      const node = end(this, token);
      node.data =
        token.unclosed === undefined
          ? { hName: 'pre', hChildren: [code(node.value, 'math-display')] }
          : { hName: 'p', hChildren: [{ type: 'text', value: token.unclosed + node.value }] };
    },
    formulaText(token) {
      const node = end(this, token);
      node.value = node.value.trim();
      const { tagName, properties, children } = code(
        node.value,
        token.isDisplay ? 'math-display' : 'math-inline',
      );
      node.data = { hName: tagName, hProperties: properties, hChildren: children };
    },
  },
};

function begin(context: CompileContext, token: Token, type: 'math' | 'inlineMath'): void {
  context.enter({ type, value: '' }, token);
  context.buffer();
}

function end(context: CompileContext, token: Token): Formula<'math'> | Formula<'inlineMath'> {
  const value = context.resume();
  const node = context.stack.at(-1);
  if (node?.type !== 'math' && node?.type !== 'inlineMath') throw new Error('No formula was begun.');
  node.value = value;
  context.exit(token);
  return node;
}

function code(value: string, kind: 'math-display' | 'math-inline'): Element {
  return {
    type: 'element',
    tagName: 'code',
    properties: { className: ['language-math', kind] },
    children: [{ type: 'text', value }],
  };
}
