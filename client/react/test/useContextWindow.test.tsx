import type { Window } from '@bitworks/sdk';
import { act } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { useContextWindow } from '../src/index.js';
import { context, conversation, message, synced } from './support/events.js';
import { createStage } from './support/stage.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A conversation on a server that answers with windows of these budgets, one after the other. */
function stageWith(...budgets: number[]) {
  const readWindow = vi.fn(() =>
    Promise.resolve({ ok: true as const, data: windowOf(budgets.shift() ?? 0) }),
  );
  const stage = createStage({ readWindow });
  const window = stage.probe(() => useContextWindow('c'));
  stage.dispatch(synced, conversation('c', 1));
  act(() => stage.client.store.setStatus('live'));
  return { ...stage, readWindow, window };
}

function windowOf(budget: number): Window {
  return { messages: [], token_count: 0, budget, reserved: 0, exact: true, dropped: [] };
}

/** As long as changes are gathered, and until the answer is there. */
async function pause(): Promise<void> {
  await act(() => vi.advanceTimersByTimeAsync(1_000));
}

test('the window is read again when a message comes, and stays while it is read', async () => {
  const { dispatch, readWindow, window } = stageWith(100, 200);
  await pause();
  expect(window.now.window?.budget).toBe(100);
  dispatch(message('m', { revision: 2 }));
  expect(window.now.window?.budget).toBe(100);
  await pause();
  expect(window.now.window?.budget).toBe(200);
  expect(readWindow).toHaveBeenCalledTimes(2);
});

test('changes that come together are one reading', async () => {
  const { dispatch, readWindow } = stageWith(100, 200);
  await pause();
  dispatch(message('m', { revision: 2 }));
  dispatch(message('n', { revision: 3 }));
  dispatch(context('c', 4, { model: 'small' }));
  await pause();
  expect(readWindow).toHaveBeenCalledTimes(2);
});

test('a word that is written reads and renders nothing', async () => {
  const { dispatch, readWindow, window } = stageWith(100, 200);
  dispatch(message('m', { revision: 2, status: 'streaming' }));
  await pause();
  const before = [window.renders, readWindow.mock.calls.length];
  dispatch({ type: 'delta', messageId: 'm', offset: 1, text: 'ore' });
  await pause();
  expect([window.renders, readWindow.mock.calls.length]).toEqual(before);
});

test('what comes to the same stays the same', async () => {
  const { dispatch, window } = stageWith(100, 100);
  await pause();
  const before = window.now.window;
  dispatch(message('m', { revision: 2 }));
  await pause();
  expect(window.now.window).toBe(before);
});

test('nothing is left behind when it goes', async () => {
  const { dispatch, window } = stageWith(100, 200);
  await pause();
  dispatch(message('m', { revision: 2 }));
  window.unmount();
  expect(vi.getTimerCount()).toBe(0);
});
