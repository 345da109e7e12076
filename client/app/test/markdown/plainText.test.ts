// @vitest-environment happy-dom
import { fireEvent, render } from '@testing-library/react';
import { createElement } from 'react';
import { expect, test, vi } from 'vitest';
import { PlainText } from '../../src/thread/markdown/PlainText';

test('what is copied from a long line is the line, without breaks that nobody wrote', async () => {
  const line = 'letters'.repeat(1_000);
  const { container } = render(createElement(PlainText, { text: line }));
  const plain = container.querySelector('.plainText');
  if (!plain) throw new Error('The text is to be shown.');
  await vi.waitFor(() => expect(plain.textContent).toBe(line));
  expect(plain.childElementCount).toBeGreaterThan(1);
  window.getSelection()?.selectAllChildren(plain);
  const setData = vi.fn();
  fireEvent.copy(plain, { clipboardData: { setData } });
  expect(setData).toHaveBeenCalledWith('text/plain', line);
});

test('emoji come fewer at a time than letters', () => {
  const [letters, families] = ['letters '.repeat(10_000), '👨‍👩‍👧'.repeat(10_000)].map((text) =>
    render(createElement(PlainText, { text })).container.querySelector('.plainText'),
  );
  expect(families?.childElementCount).toBeGreaterThan(0);
  expect(families?.childElementCount).toBeLessThan((letters?.childElementCount ?? 0) / 2);
});
