import type { RootContent } from 'hast';
import { useEffect, useMemo, useState, type ReactNode } from 'react';
import { desk } from './worker/desk';

/** Characters above which colours are not worth the elements they cost. */
const LIMIT = 10_000;

interface Coloured {
  readonly code: string;
  readonly pieces: readonly RootContent[];
}

/** Code in colours, if its language is known. While it is written the colours may lag, the words do not. */
export function Highlighted({ code, language }: { code: string; language: string }): ReactNode {
  const [coloured, setColoured] = useState<Coloured>();
  useEffect(() => {
    if (code.length > LIMIT || language === '') return undefined;
    const wanted = new AbortController();
    desk.ask({ kind: 'colours', code, language }, wanted.signal).then(
      (pieces) => {
        if (pieces && !wanted.signal.aborted) setColoured({ code, pieces });
      },
      () => undefined,
    );
    return () => {
      wanted.abort();
    };
  }, [code, language]);
  const elements = useMemo(() => coloured?.pieces.map(piece), [coloured]);
  if (!coloured || !code.startsWith(coloured.code)) return code;
  return [elements, code.slice(coloured.code.length)];
}

function piece(node: RootContent, at: number): ReactNode {
  if (node.type === 'text') return node.value;
  if (node.type !== 'element') return null;
  const { className } = node.properties;
  return (
    <span key={at} className={Array.isArray(className) ? className.join(' ') : undefined}>
      {node.children.map(piece)}
    </span>
  );
}
