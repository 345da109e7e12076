import { expect, test } from 'vitest';
import { createStage } from './support/stage.js';

test('it connects while it is there, and leaves no connection behind in StrictMode', () => {
  const { show, connect, close } = createStage();
  const { unmount } = show(null);
  expect(connect.mock.calls.length - close.mock.calls.length).toBe(1);
  unmount();
  expect(connect.mock.calls.length).toBe(close.mock.calls.length);
});
