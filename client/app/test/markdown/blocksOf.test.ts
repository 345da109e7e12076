import { expect, test } from 'vitest';
import { isQuick } from '../../src/thread/markdown/atOnce';
import { blocksOf } from '../../src/thread/markdown/worker/blocksOf';
import { withFormulas } from '../../src/thread/markdown/worker/formulas';
import { LONG_RUNS } from '../../../e2e/freezes';

/** Milliseconds, where other tests run beside. */
const LONGEST = 1_000;

/** Which blocks of a text are laid out, and which are shown as they were written. */
function shown(text: string): boolean[] {
  return blocksOf(text, 'Footnotes').map(({ tree }) => tree !== undefined);
}

test('a block of too many elements is shown as it was written, and what stands around it is laid out', () => {
  const lines = 'a<br>'.repeat(3_100);
  const blocks = blocksOf(`# Before\n\n${lines}\n\n**after**`, 'Footnotes');
  expect(blocks.map(({ tree }) => tree !== undefined)).toEqual([true, false, true]);
  expect(blocks[1]?.source).toBe(lines);
}, 120_000);

test('nothing of a text is missing from its blocks', () => {
  const sources = blocksOf('<script>x</script>\n\n<br>\n\n***\n\nwords\n\n$$\nx\n$$', 'Footnotes').map(
    ({ source }) => source,
  );
  expect(sources).toEqual(['<script>x</script>', '<br>', '***', 'words', '$$\nx\n$$']);
});

test('a paragraph that changes its direction thousands of times is shown as it was written', () => {
  expect(shown('aع'.repeat(2_000))).toEqual([false]);
  expect(shown('هذه فقرة عربية. '.repeat(50))).toEqual([true]);
});

test('quotes within quotes are laid out as deep as somebody can follow', () => {
  expect(shown(`${'> '.repeat(50)}deep`)).toEqual([true]);
  expect(shown(`${'> '.repeat(150)}deep`)).toEqual([false]);
});

test('a block looks like another of its words only where nothing elsewhere explains it', () => {
  const [alone] = blocksOf('See [there].', 'Footnotes');
  const [explained] = blocksOf('See [there].\n\n[there]: https://example.org', 'Footnotes');
  expect(alone?.key).not.toBe(explained?.key);
});

test('a formula is laid out, and one that is none, or too long, stays as it was written', () => {
  const html = (text: string) => JSON.stringify(blocksOf(text, 'Footnotes', withFormulas)[0]?.tree);
  expect(html('$x^2$')).toContain('katex');
  expect(html('$$x^2$$')).toContain('katex-display');
  expect(html('```math\nx^2\n```')).toContain('katex-display');
  expect(html('$\\frac{$')).not.toContain('katex');
  expect(html(`$$${'x+'.repeat(6_000)}x$$`)).not.toContain('katex');
});

test('a formula that asks for a remote page, or more room than there is, gets neither', () => {
  const html = JSON.stringify(
    blocksOf('$$\\href{https://tracker.example}{x}$$ $$\\rule{1000em}{1em}$$', 'Footnotes', withFormulas),
  );
  expect(html).not.toContain('"href"');
  expect(html).not.toContain('width:1000em');
});

test.each(LONG_RUNS)('%s is laid out at once only where that is quick', (_, run) => {
  const text = run.slice(0, 2_000);
  const times = [1, 2, 3].map(() => {
    const began = performance.now();
    if (isQuick(text)) blocksOf(text, 'Footnotes');
    return performance.now() - began;
  });
  expect(Math.min(...times)).toBeLessThan(LONGEST);
});
