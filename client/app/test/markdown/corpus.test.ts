import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Element } from 'hast';
import { expect, test } from 'vitest';
import { codeOf } from '../../src/thread/markdown/codeOf';
import { laidOut } from '../../src/thread/markdown/layout';
import { seenIn, type Example } from './seen';

const FILE = join(import.meta.dirname, '../../../../tests/texts/corpus.json');
const EXAMPLES = JSON.parse(readFileSync(FILE, 'utf8')) as Example[];

/** Milliseconds, for machines that are busy with other things. */
const GENEROUS = 120_000;

test.each(EXAMPLES)('$name is seen as it should be', ({ name, text, ...expected }) => {
  expect(seenIn(laidOut(text, 'Footnotes'))).toMatchObject(expected);
});

/** Code as it is written between fences that are longer than any it contains. */
const fenced = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom(
        '$a$',
        '\\[',
        '\\]',
        '```',
        '~~~',
        '    ',
        '\t',
        '> ',
        '- ',
        '<br>',
        '|',
        '$$',
        '&amp;',
      ),
    ),
  )
  .map((parts) => parts.join(''))
  .filter((code) => !/[\r\0]/.test(code))
  .chain((code) => {
    const longest = Math.max(2, ...(code.match(/`+/g) ?? []).map(({ length }) => length));
    return fc.constant({ code, fence: '`'.repeat(longest + 1) });
  });

/** What “Copy code” gives for the only block of a text. */
function copied(text: string): string {
  const { children } = laidOut(text, 'Footnotes');
  const blocks = children.filter((node): node is Element => node.type === 'element');
  expect(blocks.map(({ tagName }) => tagName)).toEqual(['pre']);
  return codeOf(blocks[0]).code;
}

test(
  'code that is copied is the code that was written, whatever it is',
  () => {
    fc.assert(
      fc.property(fenced, ({ code, fence }) => {
        expect(copied(`${fence}sh\n${code}\n${fence}`)).toBe(code);
      }),
      { numRuns: 200 },
    );
  },
  GENEROUS,
);

test(
  'code that is still being written is copied as far as it is',
  () => {
    fc.assert(
      fc.property(fenced, ({ code, fence }) => {
        fc.pre(code.trim() !== '');
        expect(copied(`${fence}sh\n${code}`)).toBe(code);
      }),
    );
  },
  GENEROUS,
);
