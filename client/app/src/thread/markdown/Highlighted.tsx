import type { RootContent } from 'hast';
import { common, createLowlight } from 'lowlight';
import { useDeferredValue, useMemo, type ReactNode } from 'react';

const lowlight = createLowlight(common);

/** Characters above which colours are not worth the wait. */
const LIMIT = 50_000;

/** Code in colours, if its language is known. While it is written the colours may lag, the words do not. */
export default function Highlighted({ code, language }: { code: string; language: string }) {
  const coloured = useDeferredValue(code);
  const elements = useMemo(() => colour(coloured, language), [coloured, language]);
  return coloured === code ? elements : code;
}

function colour(code: string, language: string): ReactNode {
  if (code.length > LIMIT || !lowlight.registered(language)) return code;
  return lowlight.highlight(language, code).children.map(piece);
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
