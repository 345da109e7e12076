/**
 * Models write formulas as $x$, $$x$$, \(x\) and \[x\]; people write prices as $5. As in Pandoc, one dollar opens a
 * formula only before something that is neither a space nor a digit.
 */

/** A fenced block (also one that is still being written) or a span of code: what stands in it is not touched. */
const CODE = /(```[\s\S]*?(?:```|$)|~~~[\s\S]*?(?:~~~|$)|`[^`\n]*`)/;
const DOUBLE = /\$\$[\s\S]+?\$\$/;
const SINGLE = /(?<![\\$\w])\$(?![\s\d$])([^$\n]*[^\s$\\])\$(?![\d$])/g;
// None is looked for beyond the next opening, so that a text of nothing but openings is read in one go.
const INLINE = /(?<!\\)\\\(((?:(?!\\\().)+?)\\\)/g;
const DISPLAY = /(?<!\\)\\\[((?:(?!(?<!\\)\\\[)[\s\S])+?)\\\]/g;

export function hasMath(text: string): boolean {
  if (!/[$\\]/.test(text)) return false;
  return prose(text).some((part) =>
    [DOUBLE, SINGLE, INLINE, DISPLAY].some((pattern) => part.search(pattern) >= 0),
  );
}

/** The same text with every formula between double dollars, which mean nothing else. */
export function withDoubleDollars(text: string): string {
  return text
    .split(CODE)
    .map((part, at) => (at % 2 === 0 ? rewritten(part) : part))
    .join('');
}

function rewritten(part: string): string {
  return part
    .replace(DISPLAY, (_, formula: string) => `\n$$\n${formula.trim()}\n$$\n`)
    .replace(INLINE, (_, formula: string) => `$$${formula.trim()}$$`)
    .replace(SINGLE, (_, formula: string) => `$$${formula}$$`);
}

function prose(text: string): string[] {
  return text.split(CODE).filter((_, at) => at % 2 === 0);
}
