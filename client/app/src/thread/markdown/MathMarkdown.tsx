import 'katex/dist/katex.min.css';
import rehypeKatex from 'rehype-katex';
import remarkGfm from 'remark-gfm';
import remarkMath from 'remark-math';
import type { PluggableList } from 'unified';
import Markdown from './Markdown';
import { withDoubleDollars } from './mathDelimiters';

const REMARK: PluggableList = [remarkGfm, [remarkMath, { singleDollarTextMath: false }]];
const REHYPE: PluggableList = [[rehypeKatex, { strict: 'ignore' }]];

export default function MathMarkdown({ text }: { text: string }) {
  return <Markdown text={withDoubleDollars(text)} remarkPlugins={REMARK} rehypePlugins={REHYPE} />;
}
