/** Texts that make a parser, a highlighter or a browser work long, each in another way. */

/** Its name, and the text. */
type Example = readonly [string, string];

const times = (text: string, length: number): string => text.repeat(Math.floor(length / text.length));

/** What opens something, in a long run; most parsers take the square of their number, or worse. */
const RUNS = [
  '>',
  '> ',
  '*',
  '*a ',
  'a*',
  '*a_',
  'a**b',
  '_a ',
  '[',
  '![',
  '[a](',
  '(',
  '`a',
  '``a` ',
  '~~a',
  '|',
  '|-',
  '- ',
  '+ ',
  '1. ',
  '&',
  '&amp;',
  '<',
  '<a ',
  'http://',
  'http://a ',
  'a@b.c ',
  '$',
  '$a ',
  '$a$ ',
  '\\[',
  '\\(x\\) ',
  '#',
  '\\',
  '[^a]',
  '\t',
  'aع',
];

const WHOLE = 98_000;
export const LONG_RUNS: readonly Example[] = RUNS.map((run) => [
  `a run of ${JSON.stringify(run)}`,
  times(run, WHOLE),
]);

const code = ['ini', 'javascript', 'python', 'cpp', 'bash', 'css', 'xml', 'perl', 'sql', 'markdown'].map(
  (language) => [`digits in ${language}`, `\`\`\`${language}\n${times('1', 49_000)}\n\`\`\``] as const,
);

const shortCode = ['ini', 'javascript', 'cpp', 'perl'].map(
  (language) => [`few digits in ${language}`, `\`\`\`${language}\n${times('1', 9_990)}\n\`\`\``] as const,
);

export const CODE_AND_FORMULAS: readonly Example[] = [
  ...code,
  ...shortCode,
  ['one long formula', `$$\n${times('x+', WHOLE)}x\n$$`],
  ['a formula of 9,000 characters', `$$\n${times('x+', 9_000)}x\n$$`],
  ['many formulas', times('$x_1^2 + \\frac{a}{b}$ and ', 20_000)],
];

export const LONG_TEXTS: readonly Example[] = [
  ['a table of many rows', `| a | b | c |\n| - | - | - |\n${times('| 1 | two | 3 |\n', 60_000)}`],
  ['many headings', times('# a\n\n', WHOLE)],
  ['many paragraphs', times('Some **words** and `code`, as there are.\n\n', WHOLE)],
  ['one paragraph', times('Some **words** and `code`, as there are. ', WHOLE)],
  ['families of emoji', times('👨‍👩‍👧', WHOLE)],
  ['one line', times('x', 999_000)],
  ['many words in one line', times('word ', 999_000)],
  ['many lines', times('a line\n', 999_000)],
  ['empty lines', `a${times('\n', 300_000)}b`],
  ['digits', times('1', 999_000)],
  ['lines that run both ways', times('aع', 300_000)],
  ['families of emoji in one line', times('👨‍👩‍👧', 900_000)],
];
