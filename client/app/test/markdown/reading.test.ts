import { expect, test, vi } from 'vitest';
import { Reader, type Reading } from '../../src/thread/markdown/reading';

const LONG = 'a word '.repeat(1_000);

/** What is shown where there is no worker, as here. */
function read(...texts: string[]): Reading[] {
  const shown: Reading[] = [];
  const reader = new Reader((reading) => shown.push(reading));
  for (const text of texts) reader.want(text, 'Notes');
  return shown;
}

test('what is quick is laid out where no worker is to be had', async () => {
  const shown = read('**bold**');
  await vi.waitFor(() => expect(shown).toHaveLength(1));
  expect(shown[0]).toMatchObject({ text: '**bold**', parts: [[{}]] });
  expect(shown[0]?.isRefused).toBeUndefined();
});

test('a text that cannot be laid out takes no other with it', async () => {
  const shown = read(LONG, `New: ${LONG}`);
  await vi.waitFor(() => expect(shown).toHaveLength(2));
  expect(shown.map(({ text }) => text)).toEqual([LONG, `New: ${LONG}`]);
});

test('what goes on from a text that cannot be laid out is not tried', async () => {
  const shown = read(LONG, `${LONG} and more`, LONG);
  await vi.waitFor(() => expect(shown).not.toHaveLength(0));
  expect(shown).toMatchObject([{ text: LONG, isRefused: true }]);
});
