import { markdownLineEnding } from 'micromark-util-character';
import type { Code, Construct, State, TokenizeContext } from 'micromark-util-types';
import {
  BACKSLASH,
  characterOf,
  DOLLAR,
  FormulaReading,
  isLineEnd,
  type FormulaMarks,
} from './formulaReading';
import {
  isBetweenBrackets,
  isBetweenDollars,
  isBetweenDoubleDollars,
  isBetweenParentheses,
} from './formulaText';

/** What a formula within a paragraph begins and ends with, and whether that is one which stands between. */
interface Marks extends FormulaMarks {
  readonly isFormula: (text: string, next: string) => boolean;
  readonly isOnOneLine?: boolean;
}

const DOUBLE: Marks = { open: '$$', close: '$$', isFormula: isBetweenDoubleDollars };
const SINGLE: Marks = { open: '$', close: '$', isFormula: isBetweenDollars, isOnOneLine: true };
const PARENTHESES: Marks = { open: '\\(', close: '\\)', isFormula: isBetweenParentheses };
const BRACKETS: Marks = { open: '\\[', close: '\\]', isFormula: isBetweenBrackets };

/** $x$, $$x$$, \(x\) and \[x\] within a paragraph. */
export const formulasInText = {
  [DOLLAR]: [construct(DOUBLE), construct(SINGLE)],
  [BACKSLASH]: [construct(PARENTHESES), construct(BRACKETS)],
};

function construct(marks: Marks): Construct {
  return {
    name: 'formulaText',
    ...(marks.open.startsWith('$') && { previous: isNoWord }),
    tokenize(this: TokenizeContext, effects, ok, nok) {
      return new Reading(effects, marks, ok, nok).start;
    },
  };
}

function isNoWord(code: Code): boolean {
  return !/[$\w]/.test(characterOf(code));
}

/** One attempt at a formula. It ends at whatever could open another, so that no text is read more than twice. */
class Reading extends FormulaReading<Marks> {
  private text = '';

  readonly start: State = (code) => this.begin('formulaText', code);

  protected opened(code: Code): State | undefined {
    if (this.isDollar(code)) return this.nok(code);
    this.effects.exit('formulaMark');
    this.at = 0;
    return this.between(code);
  }

  private readonly between: State = (code) => {
    if (code === null) return this.nok(code);
    if (!markdownLineEnding(code)) return this.inside(code);
    if (this.marks.isOnOneLine) return this.nok(code);
    this.effects.enter('lineEnding');
    this.effects.consume(code);
    this.effects.exit('lineEnding');
    this.text += '\n';
    return this.between;
  };

  private readonly inside: State = (code) => {
    if (isLineEnd(code)) {
      this.endValue();
      return this.between(code);
    }
    if (code !== this.marks.close.charCodeAt(0))
      return this.take(code, code === BACKSLASH ? this.escaped : this.inside);
    this.endValue();
    this.effects.enter('formulaMark');
    return this.closing(code);
  };

  private readonly escaped: State = (code) =>
    isLineEnd(code) ? this.inside(code) : this.take(code, this.inside);

  private readonly closing: State = (code) => {
    if (this.at === this.marks.close.length) return this.closed(code);
    if (code !== this.marks.close.charCodeAt(this.at)) return this.notClosed(code);
    this.effects.consume(code);
    this.at += 1;
    return this.closing;
  };

  /** A backslash that closes nothing stands before a command, or before another opening. */
  private notClosed(code: Code): State | undefined {
    if (this.at === 0 || this.isDollar(this.marks.close.charCodeAt(0))) return this.nok(code);
    if (code === this.marks.open.charCodeAt(1)) return this.nok(code);
    this.effects.exit('formulaMark').type = 'formulaValue';
    this.text += '\\';
    this.at = 0;
    return isLineEnd(code) ? this.between(code) : this.take(code, this.inside);
  }

  private closed(code: Code): State | undefined {
    if (this.isDollar(code)) return this.nok(code);
    if (!this.marks.isFormula(this.text, characterOf(code))) return this.nok(code);
    this.effects.exit('formulaMark');
    this.effects.exit('formulaText').isDisplay = this.marks === BRACKETS;
    return this.ok(code);
  }

  protected took(character: string): void {
    this.text += character;
  }

  private isDollar(code: Code): boolean {
    return code === DOLLAR && this.marks.open.startsWith('$');
  }
}
