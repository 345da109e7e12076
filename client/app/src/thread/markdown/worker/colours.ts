import type { RootContent } from 'hast';
import { common, createLowlight } from 'lowlight';

const lowlight = createLowlight(common);

/** Code in colours; none where its language is not known. */
export function coloursOf(code: string, language: string): RootContent[] | undefined {
  return lowlight.registered(language) ? lowlight.highlight(language, code).children : undefined;
}
