import { useMemo, useState } from 'react';
import remarkParse from 'remark-parse';
import { unified, type PluggableList } from 'unified';
import { grown, whole } from './blocks';

/** The parts of a text that may grow, so that only the last of them is read again when it does. */
export function useBlocks(text: string, plugins: PluggableList): readonly string[] {
  const parser = useMemo(() => unified().use(remarkParse).use(plugins), [plugins]);
  const [blocks, setBlocks] = useState(() => whole(text));
  if (blocks.text === text) return blocks.parts;
  const next = grown(blocks, text, (part) => parser.parse(part));
  setBlocks(next);
  return next.parts;
}
