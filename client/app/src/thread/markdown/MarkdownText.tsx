import { lazy, Suspense, useDeferredValue } from 'react';
import { hasMath } from './mathDelimiters';

const Markdown = lazy(() => import('./Markdown'));
const MathMarkdown = lazy(() => import('./MathMarkdown'));

/**
 * Text as Markdown. What renders it is loaded when the first text is seen, mathematics when the first formula is; until
 * it is there, what grows stays laid out as it was.
 */
export function MarkdownText({ text }: { text: string }) {
  const isMath = useDeferredValue(hasMath(text));
  const Renderer = isMath ? MathMarkdown : Markdown;
  return (
    <Suspense fallback={<div className="plainText">{text}</div>}>
      <Renderer text={text} />
    </Suspense>
  );
}
