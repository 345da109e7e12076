import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import ReactMarkdown, { type Components, type Options } from 'react-markdown';
import remarkGfm from 'remark-gfm';
import { CodeBlock } from './CodeBlock';
import { ImageLink } from './ImageLink';
import { MarkdownLink } from './MarkdownLink';
import { safeAddress } from './safeAddress';
import { ScrollingTable } from './ScrollingTable';

const COMPONENTS: Components = {
  a: MarkdownLink,
  img: ImageLink,
  pre: CodeBlock,
  table: ScrollingTable,
};

interface MarkdownProps {
  readonly text: string;
  readonly remarkPlugins?: Options['remarkPlugins'];
  readonly rehypePlugins?: Options['rehypePlugins'];
}

/** HTML in the text stays text, no address but those of pages and mail is followed, and nothing remote is loaded. */
export default memo(function Markdown({ text, remarkPlugins, rehypePlugins }: MarkdownProps) {
  const { t } = useTranslation();
  return (
    <div className="markdown">
      <ReactMarkdown
        remarkPlugins={[remarkGfm, ...(remarkPlugins ?? [])]}
        rehypePlugins={rehypePlugins}
        remarkRehypeOptions={{ footnoteLabel: t('message.footnotes') }}
        urlTransform={safeAddress}
        components={COMPONENTS}
      >
        {text}
      </ReactMarkdown>
    </div>
  );
});
