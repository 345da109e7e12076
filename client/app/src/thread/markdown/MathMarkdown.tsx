import 'katex/dist/katex.min.css';
import rehypeKatex from 'rehype-katex';
import remarkMath from 'remark-math';
import Markdown from './Markdown';
import { withDoubleDollars } from './mathDelimiters';

const REMARK = [[remarkMath, { singleDollarTextMath: false }]] as const;
const REHYPE = [[rehypeKatex, { strict: 'ignore' }]] as const;

export default function MathMarkdown({ text }: { text: string }) {
  return (
    <Markdown
      text={withDoubleDollars(text)}
      remarkPlugins={REMARK.map(([plugin, options]) => [plugin, options])}
      rehypePlugins={REHYPE.map(([plugin, options]) => [plugin, options])}
    />
  );
}
