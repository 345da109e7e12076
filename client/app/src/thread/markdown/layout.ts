import type { Root as Tree } from 'hast';
import type { Break, Root } from 'mdast';
import type { Options } from 'mdast-util-to-hast';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import remarkRehype from 'remark-rehype';
import { unified } from 'unified';
import { remarkSyntax } from './syntax/remarkSyntax';
import { rehypeDirections } from './tree/rehypeDirections';
import { rehypeHarmless } from './tree/rehypeHarmless';
import { remarkAddresses } from './tree/remarkAddresses';
import { remarkHarmlessHtml } from './tree/remarkHarmlessHtml';

const OPTIONS: Options = {
  allowDangerousHtml: true,
  handlers: {
    // The line ending that is usual behind it would show, since paragraphs keep theirs.
    break: (_, { position }: Break) => ({
      type: 'element',
      tagName: 'br',
      properties: {},
      children: [],
      ...(position && { position }),
    }),
  },
};

/** One tilde is a sign, as in 3~5 days. */
const reader = unified().use(remarkParse).use(remarkGfm, { singleTilde: false }).use(remarkSyntax);

/** A text as Markdown says it: which blocks there are, and what is in them. */
export function read(text: string): Root {
  return reader.parse(text);
}

/**
 * A text as it is shown. HTML in it is text, no address but those of pages and mail is followed, and formulas are still
 * `<code class="language-math">`. Raises what the parser does of a text that is nested thousands of times.
 */
export function laidOut(text: string, footnoteLabel: string): Tree {
  const processor = unified()
    .use(remarkAddresses)
    .use(remarkHarmlessHtml)
    .use(remarkRehype, { ...OPTIONS, footnoteLabel })
    .use(rehypeHarmless)
    .use(rehypeDirections);
  return processor.runSync(read(text), text);
}
