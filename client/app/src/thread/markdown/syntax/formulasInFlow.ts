import { factorySpace } from 'micromark-factory-space';
import type { Code, Construct, Effects, State, TokenizeContext } from 'micromark-util-types';
import { BACKSLASH, DOLLAR, FormulaReading, isLineEnd, type FormulaMarks } from './formulaReading';

/**
 * A formula that stands by itself, from `$$` or `\[` at the beginning of a line on. Its first line decides: either it is
 * all of it, or it is nothing but the opening or has signs of mathematics in it, and then what follows belongs to it up to
 * its end, whatever list or heading that looks like.
 */
export const formulasInFlow = { [DOLLAR]: construct('$$', '$$'), [BACKSLASH]: construct('\\[', '\\]') };

/** Where to go on behind a line ending that no container, as a list, ends. */
const SAME_CONTAINER: Construct = {
  partial: true,
  tokenize(this: TokenizeContext, effects, ok, nok) {
    return (code) => {
      if (code === null) return nok(code);
      effects.enter('lineEnding');
      effects.consume(code);
      effects.exit('lineEnding');
      return (next) => (this.parser.lazy[this.now().line] ? nok(next) : ok(next));
    };
  },
};

function construct(open: string, close: string): Construct {
  return {
    name: 'formulaFlow',
    concrete: true,
    tokenize(this: TokenizeContext, effects, ok, nok) {
      return new Reading(this, effects, { open, close }, ok, nok).start;
    },
  };
}

class Reading extends FormulaReading {
  private line = '';
  private isFirst = true;
  private isAlone = false;
  private readonly context: TokenizeContext;

  constructor(context: TokenizeContext, effects: Effects, marks: FormulaMarks, ok: State, nok: State) {
    super(effects, marks, ok, nok);
    this.context = context;
  }

  readonly start: State = (code) => this.begin('formulaFlow', code);

  protected opened(code: Code): State | undefined {
    if (code === DOLLAR) return this.nok(code);
    this.effects.exit('formulaMark');
    return this.lineStart(code);
  }

  private readonly lineStart: State = (code) => {
    this.line = '';
    return this.inside(code);
  };

  private readonly inside: State = (code) => {
    if (isLineEnd(code)) {
      this.endValue();
      return this.lineEnd(code);
    }
    if (code !== this.marks.close.charCodeAt(0))
      return this.take(code, code === BACKSLASH ? this.escaped : this.inside);
    this.endValue();
    this.effects.enter('formulaMark');
    this.at = 0;
    return this.closing(code);
  };

  private readonly escaped: State = (code) =>
    isLineEnd(code) ? this.inside(code) : this.take(code, this.inside);

  private readonly closing: State = (code) => {
    if (this.at === this.marks.close.length) return this.closed(code);
    if (code === this.marks.close.charCodeAt(this.at)) {
      this.effects.consume(code);
      this.at += 1;
      return this.closing;
    }
    this.effects.exit('formulaMark').type = 'formulaValue';
    this.line += this.marks.close.slice(0, this.at);
    return isLineEnd(code) ? this.lineEnd(code) : this.take(code, this.inside);
  };

  private closed(code: Code): State | undefined {
    this.effects.exit('formulaMark');
    return factorySpace(this.effects, this.behind, 'whitespace')(code);
  }

  /** What stands behind it on its line is text; on the first line it makes all of it text. */
  private readonly behind: State = (code) => {
    if (!isLineEnd(code) && this.isFirst) return this.nok(code);
    this.effects.exit('formulaFlow');
    if (isLineEnd(code)) return this.ok(code);
    this.effects.enter('formulaRest');
    this.effects.enter('chunkText', { contentType: 'text' });
    return this.text(code);
  };

  private readonly text: State = (code) => {
    if (!isLineEnd(code)) {
      this.effects.consume(code);
      return this.text;
    }
    this.effects.exit('chunkText');
    this.effects.exit('formulaRest');
    return this.ok(code);
  };

  private lineEnd(code: Code): State | undefined {
    const isBlank = this.line.trim() === '';
    if (this.isFirst) {
      this.isAlone = isBlank;
      if (!isBlank && !/[\\^_={}]/.test(this.line)) return this.nok(code);
      if (this.context.interrupt) return this.ok(code);
    } else if (isBlank && !this.isAlone) return this.end(code);
    this.isFirst = false;
    return this.effects.attempt(SAME_CONTAINER, this.lineStart, this.end)(code);
  }

  /** Nothing closed it, as yet: it is shown as it was written. */
  private readonly end: State = (code) => {
    this.effects.exit('formulaFlow').unclosed = this.marks.open;
    return this.ok(code);
  };

  protected took(character: string): void {
    this.line += character;
  }
}
