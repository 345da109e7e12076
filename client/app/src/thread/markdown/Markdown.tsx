import type { Root } from 'hast';
import { toJsxRuntime, type Components } from 'hast-util-to-jsx-runtime';
import { memo, useMemo, type ReactElement } from 'react';
import { Fragment, jsx, jsxs } from 'react/jsx-runtime';
import { CodeBlock } from './CodeBlock';
import { ImageLink } from './ImageLink';
import { MarkdownLink } from './MarkdownLink';
import { PlainText } from './PlainText';
import { ScrollingTable } from './ScrollingTable';
import { useGradually } from './useGradually';
import { useReading } from './useReading';
import type { Block as BlockOf } from './worker/blocksOf';

/** Elements that are added to the page in one turn. */
const TURN = 1_500;

const COMPONENTS: Partial<Components> = {
  a: MarkdownLink,
  img: ImageLink,
  pre: CodeBlock,
  table: ScrollingTable,
};

/** HTML in the text stays text, no address but those of pages and mail is followed, and nothing remote is loaded. */
export default memo(function Markdown({ text }: { text: string }) {
  const { parts, isRefused } = useReading(text);
  return parts ? <Blocks parts={parts} /> : <PlainText text={text} isWaiting={!isRefused} />;
});

function Blocks({ parts }: { parts: readonly (readonly BlockOf[])[] }) {
  const blocks = useMemo(() => parts.flat(), [parts]);
  const sizes = useMemo(() => blocks.map(({ size }) => size), [blocks]);
  const count = useGradually(sizes, TURN);
  return (
    <div className="markdown" aria-busy={count < blocks.length}>
      {blocks.slice(0, count).map((block, at) => (
        <Block key={at} block={block} />
      ))}
    </div>
  );
}

const Block = memo(
  function Block({ block: { tree, source } }: { block: BlockOf }) {
    return tree ? elementsOf(tree) : <PlainText text={source} />;
  },
  (one, other) => one.block.key === other.block.key,
);

function elementsOf(tree: Root): ReactElement {
  return toJsxRuntime(tree, {
    Fragment,
    jsx,
    jsxs,
    components: COMPONENTS,
    ignoreInvalidStyle: true,
    passKeys: true,
    passNode: true,
  }) as ReactElement;
}
