import { mayHaveFormulas } from './mayHaveFormulas';

/** Characters that are read in some 20 ms. */
const SHORT = 2_000;
/** Marks of emphasis, links, code … : for some of them reading takes the square of their number. */
const FEW = 200;
const MARKS = /[*_~`[\]<>!|&\\@]/g;
/** A line that opens one list or quote within another, again and again. */
const DEEP = /^[ \t]*(?:(?:[-+*>]|\d+[.)])[ \t]*){6}/m;

/** Whether a text is laid out so fast that the page may do it at once, as it is with most messages. */
export function isQuick(text: string): boolean {
  return (
    text.length <= SHORT &&
    !mayHaveFormulas(text) &&
    !DEEP.test(text) &&
    (text.match(MARKS)?.length ?? 0) <= FEW
  );
}
