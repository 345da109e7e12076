import { lazy, Suspense } from 'react';
import { hasMath } from './mathDelimiters';

const Markdown = lazy(() => import('./Markdown'));
const MathMarkdown = lazy(() => import('./MathMarkdown'));

/** Text as Markdown. What renders it is loaded when the first text is seen, mathematics when the first formula is. */
export function MarkdownText({ text }: { text: string }) {
  const Renderer = hasMath(text) ? MathMarkdown : Markdown;
  return (
    <Suspense fallback={<div className="plainText">{text}</div>}>
      <Renderer text={text} />
    </Suspense>
  );
}
