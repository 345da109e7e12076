import { lazy, Suspense, useDeferredValue } from 'react';
import { hasMath } from './mathDelimiters';
import { PlainOnFailure } from './PlainOnFailure';

const Markdown = lazy(() => import('./Markdown'));
const MathMarkdown = lazy(() => import('./MathMarkdown'));

/** Characters above which a text is shown as it came: to lay it out would hold the page for half a second and more. */
const LIMIT = 100_000;

/**
 * Text as Markdown. What renders it is loaded when the first text is seen, mathematics when the first formula is; until
 * it is there, what grows stays laid out as it was.
 */
export function MarkdownText({ text }: { text: string }) {
  return text.length > LIMIT ? <div className="plainText">{text}</div> : <LaidOut text={text} />;
}

function LaidOut({ text }: { text: string }) {
  const isMath = useDeferredValue(hasMath(text));
  const Renderer = isMath ? MathMarkdown : Markdown;
  return (
    <PlainOnFailure text={text}>
      <Suspense fallback={<div className="plainText">{text}</div>}>
        <Renderer text={text} />
      </Suspense>
    </PlainOnFailure>
  );
}
