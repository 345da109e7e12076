import { markdownLineEnding } from 'micromark-util-character';
import type { Code, Effects, State } from 'micromark-util-types';

export const DOLLAR = 36;
export const BACKSLASH = 92;

/** What a formula begins and ends with. */
export interface FormulaMarks {
  readonly open: string;
  readonly close: string;
}

/** One attempt at a formula: its opening, and what stands between it and its end. */
export abstract class FormulaReading<Marks extends FormulaMarks = FormulaMarks> {
  /** How many characters of a mark have been read. */
  protected at = 0;
  private isInValue = false;
  protected readonly effects: Effects;
  protected readonly marks: Marks;
  protected readonly ok: State;
  protected readonly nok: State;

  constructor(effects: Effects, marks: Marks, ok: State, nok: State) {
    this.effects = effects;
    this.marks = marks;
    this.ok = ok;
    this.nok = nok;
  }

  /** Goes on behind the opening. */
  protected abstract opened(code: Code): State | undefined;

  /** Is told of each character of the value. */
  protected abstract took(character: string): void;

  protected begin(name: 'formulaFlow' | 'formulaText', code: Code): State | undefined {
    this.effects.enter(name);
    this.effects.enter('formulaMark');
    return this.opening(code);
  }

  private readonly opening: State = (code) => {
    if (this.at === this.marks.open.length) return this.opened(code);
    if (code !== this.marks.open.charCodeAt(this.at)) return this.nok(code);
    this.effects.consume(code);
    this.at += 1;
    return this.opening;
  };

  protected take(code: Code, next: State): State {
    if (!this.isInValue) this.effects.enter('formulaValue');
    this.isInValue = true;
    this.effects.consume(code);
    this.took(characterOf(code));
    return next;
  }

  protected endValue(): void {
    if (this.isInValue) this.effects.exit('formulaValue');
    this.isInValue = false;
  }
}

/** The character as text: a space for a tab or a line ending, nothing at the end of the text. */
export function characterOf(code: Code): string {
  return code === null ? '' : code < 0 ? ' ' : String.fromCharCode(code);
}

export function isLineEnd(code: Code): boolean {
  return code === null || markdownLineEnding(code);
}
