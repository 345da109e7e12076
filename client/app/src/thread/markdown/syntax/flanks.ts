import { attention } from 'micromark-core-commonmark';
import { gfmStrikethrough } from 'micromark-extension-gfm-strikethrough';
import { classifyCharacter } from 'micromark-util-classify-character';
import type { Code, Construct, Extension, Resolver, TokenizeContext, Tokenizer } from 'micromark-util-types';

const ASTERISK = 42;
const UNDERSCORE = 95;
const TILDE = 126;

/** Scripts that write no spaces between words, and Hangul, whose particles follow a word at once. */
const LETTER =
  /[\p{Script_Extensions=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}]/u;
/** Signs that are as wide as these letters: 、。「」（）：～. */
const WIDE_SIGN =
  /[\u3001-\u303f\ufe30-\ufe4f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\uffe0-\uffee]/;

/** What stands beside a mark. */
interface Side {
  readonly isSpace: boolean;
  /** A wide sign is none: it stands between letters as one of them. */
  readonly isPunctuation: boolean;
  readonly isEastAsian: boolean;
}

/**
 * Emphasis as CommonMark has it, but that it opens and closes between punctuation and East Asian letters too, which have
 * no space there: `**重要（必读）：**请先备份`. Where no such letter stands beside a mark, nothing is different.
 */
export function eastAsianFlanks(): Extension {
  const emphasis: Construct = { ...attention, tokenize: tokenizeEmphasis };
  const strikethrough: Construct = {
    name: 'strikethrough',
    tokenize: tokenizeStrikethrough,
    ...resolverOf(gfmStrikethrough({ singleTilde: false })),
  };
  return {
    text: { [ASTERISK]: emphasis, [UNDERSCORE]: emphasis, [TILDE]: strikethrough },
    insideSpan: { null: [emphasis, strikethrough] },
  };
}

function resolverOf(extension: Extension): { resolveAll?: Resolver } {
  const [construct] = [extension.text?.[TILDE]].flat();
  return construct?.resolveAll ? { resolveAll: construct.resolveAll } : {};
}

const tokenizeEmphasis: Tokenizer = function (this: TokenizeContext, effects, ok) {
  const before = sideOf(this.previous);
  const isAfterTilde = this.previous === TILDE;
  let marker: Code;
  return (code) => {
    marker = code;
    effects.enter('attentionSequence');
    return inside(code);
  };

  function inside(code: Code): ReturnType<typeof ok> {
    if (code === marker) {
      effects.consume(code);
      return inside;
    }
    const token = effects.exit('attentionSequence');
    const after = sideOf(code);
    const opens = flanks(after, before) || code === TILDE;
    const closes = flanks(before, after) || isAfterTilde;
    const isFree = marker === ASTERISK;
    token._open = opens && (isFree || !closes || isWordEnd(before));
    token._close = closes && (isFree || !opens || isWordEnd(after));
    return ok(code);
  }
};

const tokenizeStrikethrough: Tokenizer = function (this: TokenizeContext, effects, ok, nok) {
  const { previous, events } = this;
  let size = 0;
  return (code) => {
    if (previous === TILDE && events.at(-1)?.[1].type !== 'characterEscape') return nok(code);
    effects.enter('strikethroughSequenceTemporary');
    return inside(code);
  };

  function inside(code: Code): ReturnType<typeof ok> {
    if (code === TILDE && size < 2) {
      effects.consume(code);
      size += 1;
      return inside;
    }
    if (code === TILDE || size < 2) return nok(code);
    const token = effects.exit('strikethroughSequenceTemporary');
    token._open = flanks(sideOf(code), sideOf(previous));
    token._close = flanks(sideOf(previous), sideOf(code));
    return ok(code);
  }
};

/** Whether a mark belongs to what stands on this side of it. */
function flanks(here: Side, there: Side): boolean {
  if (here.isSpace) return false;
  return !here.isPunctuation || there.isSpace || there.isPunctuation || there.isEastAsian;
}

function isWordEnd(side: Side): boolean {
  return side.isSpace || side.isPunctuation;
}

function sideOf(code: Code): Side {
  const character = code === null || code < 0 ? '' : String.fromCharCode(code);
  const isWide = WIDE_SIGN.test(character);
  const group = classifyCharacter(code);
  return {
    isSpace: group === 1,
    isPunctuation: group === 2 && !isWide,
    isEastAsian: isWide || LETTER.test(character),
  };
}
