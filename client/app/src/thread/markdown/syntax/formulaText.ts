/**
 * What between two marks is a formula. Models write $x$, $$x$$, \(x\) and \[x\]; people write prices as $5, shares as
 * $AAPL, variables of a shell as $HOME, and brackets that Markdown shall leave alone as \[so\].
 */

/** No formula has these marks of bold type in it; two words between dollars may. */
const BOLD = '**';
const SIGNS = /[\\^_=<>{}+]|\d\s*[-*/|]\s*[\dA-Za-z]/;
/** What a word of a text begins with that is named in capitals, as a share or a variable is. */
const NAME = /^[A-Z][A-Z\d_]+(?![\w{^\\])/;
/** A bracket that was opened before the dollar, and one that is closed behind the other. */
const ACROSS_BRACKETS = /^[^()]*\)[^()]*\($/;
const WORD = /^\p{L}[\p{L}'’-]*[,.;:!?]?$/u;

/** As in Pandoc, a dollar opens before what is neither a space nor a digit, and closes behind what is no space. */
export function isBetweenDollars(text: string, next: string): boolean {
  if (/^[\s\d]|\s$|^$/.test(text) || /\d/.test(next)) return false;
  if (text.includes(BOLD) || ACROSS_BRACKETS.test(text)) return false;
  if (!/[\p{L}_]/u.test(next)) return true;
  // The dollar that ends `$HOME/bin:$PATH` begins a name; the one of the `$n$th` element does not.
  return !NAME.test(text) && (/^[a-z]$/i.test(text) || /[\\^={}+]|\w_\w/.test(text));
}

/** Between two dollars on either side. Apart from them, as prices in a guide are, only signs make a formula. */
export function isBetweenDoubleDollars(text: string): boolean {
  const isApart = /^\s/.test(text) && /\s$/.test(text);
  return (
    /\S/.test(text) && !text.includes(BOLD) && (!isApart || SIGNS.test(text) || /^\s*\S+\s*$/.test(text))
  );
}

export function isBetweenParentheses(text: string): boolean {
  return /\S/.test(text) && !isSentence(text.trim().split(/\s+/));
}

/** Nothing but words, and two of them longer than what a variable is called. */
function isSentence(words: readonly string[]): boolean {
  return words.every((word) => WORD.test(word)) && words.filter((word) => word.length > 1).length > 1;
}

/** Between brackets that stand among words. */
export function isBetweenBrackets(text: string): boolean {
  return SIGNS.test(text);
}
