import { expect, test } from 'vitest';
import { hasMath, withDoubleDollars } from '../../src/thread/markdown/mathDelimiters';

test.each([
  ['with $x^2$ in it', 'with $$x^2$$ in it'],
  ['with \\(x\\) in it', 'with $$x$$ in it'],
  ['\\[\\sum x\\]', '\n$$\n\\sum x\n$$\n'],
  ['$$x$$ stays', '$$x$$ stays'],
  ['$$a \\\\[4pt] b$$ and \\[c\\]', '$$a \\\\[4pt] b$$ and \n$$\nc\n$$\n'],
])('%s is mathematics', (text, written) => {
  expect(hasMath(text)).toBe(true);
  expect(withDoubleDollars(text)).toBe(written);
});

test.each([
  'it costs $5 or $10',
  'a `$x$` in code',
  '```sh\necho $a $b$\n```',
  '```sh\necho \\(x\\)',
  'no sign at all',
])('%s is not', (text) => {
  expect(hasMath(text)).toBe(false);
  expect(withDoubleDollars(text)).toBe(text);
});

test('a text of nothing but beginnings is read in one go, not once for each', () => {
  const beginnings = '\\[ a \\( '.repeat(100_000);
  expect(hasMath(beginnings)).toBe(false);
});
