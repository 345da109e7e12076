import fc from 'fast-check';
import type { Nodes } from 'mdast';

import { expect, test } from 'vitest';
import { grown, whole, type Blocks } from '../../src/thread/markdown/blocks';
import { read as parse } from '../../src/thread/markdown/layout';

/** Texts whose next line, or whose last character, decides what they are. */
const LINES = [
  ...[
    'Some words',
    '',
    '',
    '',
    '# Heading',
    '#',
    'Heading',
    '===',
    '---',
    '-',
    '***',
    '> quoted',
    '>',
    'lazy',
  ],
  ...[
    '- one',
    '- [ ] task',
    '* other',
    '1. first',
    '7) seventh',
    '  inner',
    '    deep',
    '\tTab',
    '  - nested',
    '1986. A year',
  ],
  ...[
    '```',
    '```python',
    '````',
    '~~~',
    'code `x',
    '$$',
    'x^2',
    '$$ x^2',
    '\\[',
    'x \\]',
    '\\]',
    '\\[ x_1 \\]',
    '~~struck',
    '| a | b |',
    '| - | - |',
    'a | b',
    '-|-',
    '| 1 | 2 |',
  ],
  ...[
    '<div>',
    '</div>',
    '<!-- note',
    '-->',
    '<script>',
    '</script>',
    '[a][b]',
    '[b]: /address',
    '[^1]',
    '[^1]: A note',
    'end\\',
    '*em',
    '**bold**',
  ],
];

/** Milliseconds, for machines that are busy with other things. */
const GENEROUS = 120_000;

const texts = fc.array(fc.constantFrom(...LINES), { maxLength: 14 }).map((lines) => lines.join('\n'));

/** How it grows in front of somebody: shown as it is at each length. */
function growing(text: string, lengths: readonly number[]): Blocks {
  const ends = [...new Set([...lengths.map((length) => length % (text.length + 1)), text.length])];
  return ends.sort((a, b) => a - b).reduce((held, end) => grown(held, text.slice(0, end), parse), whole(''));
}

/** What it says, wherever it stands. */
function meaning(...parts: readonly string[]): unknown[] {
  return parts.flatMap((part) => parse(part).children.map(withoutPosition));
}

function withoutPosition({ position, ...node }: Nodes): unknown {
  return 'children' in node ? { ...node, children: node.children.map(withoutPosition) } : node;
}

test(
  'a text that grew character by character says in parts what it says as a whole',
  () => {
    const everyLength = texts.map((text) => ({ text, lengths: Array.from(text, (_, at) => at) }));
    fc.assert(
      fc.property(everyLength, ({ text, lengths }) => {
        const { parts } = growing(text, lengths);
        expect(parts.join('')).toBe(text);
        expect(meaning(...parts)).toEqual(meaning(text));
      }),
      { numRuns: 400 },
    );
  },
  GENEROUS,
);

test(
  'a text that grew in pieces of any size says in parts what it says as a whole',
  () => {
    fc.assert(
      fc.property(texts, fc.array(fc.nat(), { maxLength: 8 }), (text, lengths) => {
        expect(meaning(...growing(text, lengths).parts)).toEqual(meaning(text));
      }),
      { numRuns: 1_000 },
    );
  },
  GENEROUS,
);

test(
  'a block that is finished stays the same part, so nothing of it is read again',
  () => {
    const paragraphs = Array.from({ length: 200 }, (_, at) => `Paragraph ${at} of the answer.\n\n`).join('');
    let read = 0;
    let held = whole('');
    for (let end = 1; end <= paragraphs.length; end += 1)
      held = grown(held, paragraphs.slice(0, end), (text) => {
        read += text.length;
        return parse(text);
      });
    expect(held.parts).toHaveLength(200);
    expect(read / paragraphs.length).toBeLessThan(60);
  },
  GENEROUS,
);

test('a text that is explained somewhere else is one part', () => {
  const words = 'See [there][1] and[^a].\n\nMore.\n\n';
  expect(growing(`${words}[1]: https://example.org\n`, [30, 40]).parts).toHaveLength(1);
  expect(growing(`${words}> [^a]: A note.\n`, [30, 40]).parts).toHaveLength(1);
});

test('a text that became another is cut anew', () => {
  const held = growing('One.\n\nTwo.\n\nThree.\n\nFour.', [10, 20]);
  const other = grown(held, 'Uno.\n\nDos.\n\nTres.', parse);
  expect(other.parts).toEqual(['Uno.\n\n', 'Dos.\n\nTres.']);
});
