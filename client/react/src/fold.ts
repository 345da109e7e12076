// The same rule as `core/folding.py` of the server; `tests/contract/folding.json` has cases that both are held to.

/**
 * Marks of Latin, Greek and Cyrillic letters, Arabic vowel signs and the stroke that only widens a word, Hebrew points,
 * and characters that show nothing. Any other mark makes another letter or syllable.
 */
const DROPPED =
  // eslint-disable-next-line no-misleading-character-class -- single characters are meant, marks among them
  /[\u00ad\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061c\u0640\u064b-\u0652\u0656-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u08d3-\u08ff\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u202a-\u202e\u2060-\u2069\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\ufeff]+/g;
/** Not `\s`, by which Python and JavaScript do not mean the same. */
const SPACE =
  // eslint-disable-next-line no-control-regex -- separators of records are white space to the server
  /[\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g;
/** Letters that are written for others, and have no decomposition; and the sigma at the end of a word. */
const WRITTEN_FOR: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ħ: 'h',
  ł: 'l',
  ŧ: 't',
  þ: 'th',
  ı: 'i',
  ς: 'σ',
};

/** The text as it is searched: words are found in a text if their folded form is in its folded form. */
export function fold(text: string): string {
  // By way of capitals: what has several small forms has one of those.
  const small = text.normalize('NFKC').toUpperCase().toLowerCase();
  const bare = small.normalize('NFKD').replace(DROPPED, '');
  const plain = bare.replace(/[ßæœøđðħłŧþıς]/g, (letter) => WRITTEN_FOR[letter] ?? letter);
  return plain.replace(SPACE, ' ').replace(/^ | $/g, '').normalize('NFC');
}
