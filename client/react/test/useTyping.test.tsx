import { expect, test } from 'vitest';
import { useTyping } from '../src/index.js';
import { createStage } from './support/stage.js';

test('that another device types is told, and rendered, in that conversation only', () => {
  const { dispatch, probe } = createStage();
  const [here, elsewhere] = [probe(() => useTyping('c')), probe(() => useTyping('d'))];
  dispatch({ type: 'typing', conversationId: 'c' });
  expect(here.now.isTyping).toBe(true);
  expect(elsewhere.now.isTyping).toBe(false);
  expect([here.renders, elsewhere.renders]).toEqual([2, 1]);
});

test('what tells it stays the same', () => {
  const { dispatch, probe } = createStage();
  const typing = probe(() => useTyping('c'));
  const { tell } = typing.now;
  dispatch({ type: 'typing', conversationId: 'c' });
  expect(typing.now.tell).toBe(tell);
});
