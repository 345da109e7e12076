// @vitest-environment happy-dom
import { act, renderHook } from '@testing-library/react';
import { expect, onTestFinished, test, vi } from 'vitest';
import { useNews } from '../src/site/useNews';

function leave(): void {
  const state = vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
  onTestFinished(() => state.mockRestore());
  act(() => {
    document.dispatchEvent(new Event('visibilitychange'));
  });
}

test('to a tab that nobody looks at, what comes is news, and what is deleted is not', () => {
  const { result, rerender } = renderHook(({ latest }) => useNews(latest), { initialProps: { latest: 5 } });
  leave();
  rerender({ latest: 4 });
  expect(result.current).toBe(false);
  rerender({ latest: 6 });
  expect(result.current).toBe(true);
});
