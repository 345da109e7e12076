import { lazy, Suspense } from 'react';
import { PlainOnFailure } from './PlainOnFailure';
import { PlainText } from './PlainText';

const Markdown = lazy(() => import('./Markdown'));

/** Characters above which a text is shown as it was written. */
const LIMIT = 100_000;

/** Text as Markdown. What renders it is loaded when the first text is seen. */
export function MarkdownText({ text }: { text: string }) {
  if (text.length > LIMIT) return <PlainText text={text} />;
  return (
    <PlainOnFailure text={text}>
      <Suspense fallback={<PlainText text={text} />}>
        <Markdown text={text} />
      </Suspense>
    </PlainOnFailure>
  );
}
