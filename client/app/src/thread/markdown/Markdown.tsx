import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import ReactMarkdown, { type Components } from 'react-markdown';
import remarkGfm from 'remark-gfm';
import type { PluggableList } from 'unified';
import { CodeBlock } from './CodeBlock';
import { ImageLink } from './ImageLink';
import { MarkdownLink } from './MarkdownLink';
import { safeAddress } from './safeAddress';
import { ScrollingTable } from './ScrollingTable';
import { useBlocks } from './useBlocks';

const COMPONENTS: Components = {
  a: MarkdownLink,
  img: ImageLink,
  pre: CodeBlock,
  table: ScrollingTable,
};

const REMARK: PluggableList = [remarkGfm];

interface MarkdownProps {
  readonly text: string;
  /** The same list at each render, as the other: they are compared. */
  readonly remarkPlugins?: PluggableList;
  readonly rehypePlugins?: PluggableList | undefined;
}

/** HTML in the text stays text, no address but those of pages and mail is followed, and nothing remote is loaded. */
export default memo(function Markdown({ text, remarkPlugins = REMARK, rehypePlugins }: MarkdownProps) {
  const blocks = useBlocks(text, remarkPlugins);
  return (
    <div className="markdown">
      {blocks.map((block, at) => (
        <Block key={at} text={block} remarkPlugins={remarkPlugins} rehypePlugins={rehypePlugins} />
      ))}
    </div>
  );
});

const Block = memo(function Block({ text, remarkPlugins, rehypePlugins }: MarkdownProps) {
  const { t } = useTranslation();
  return (
    <ReactMarkdown
      remarkPlugins={remarkPlugins}
      rehypePlugins={rehypePlugins}
      remarkRehypeOptions={{ footnoteLabel: t('message.footnotes') }}
      urlTransform={safeAddress}
      components={COMPONENTS}
    >
      {text}
    </ReactMarkdown>
  );
});
