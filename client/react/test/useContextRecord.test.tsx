import { act } from '@testing-library/react';
import { expect, test } from 'vitest';
import { useContextRecord } from '../src/index.js';
import { context, conversation, message, synced } from './support/events.js';
import { createStage } from './support/stage.js';

test('a context shows what is written here at once, and beside it what the server holds', () => {
  const { client, dispatch, probe } = createStage();
  const record = probe(() => useContextRecord('c'));
  dispatch(synced, conversation('c', 1), context('c', 2, { model: 'small' }));
  act(() => void client.saveContext({ conversation_id: 'c', parameters: { model: 'large' } }));
  expect(record.now.context?.parameters).toEqual({ model: 'large' });
  expect(record.now.confirmed?.parameters).toEqual({ model: 'small' });
  expect(record.now.pending?.status).toBe('sending');
});

test('a change of it renders once, and what happens beside it not at all', () => {
  const { dispatch, probe } = createStage();
  const record = probe(() => useContextRecord('c'));
  dispatch(synced, conversation('c', 1), context('c', 2, { model: 'small' }));
  const before = record.renders;
  dispatch(context('d', 3, { model: 'small' }), message('m', { revision: 4 }), conversation('c', 5, 'Tea'));
  expect(record.renders).toBe(before);
  dispatch(context('c', 6, { model: 'large' }));
  expect(record.renders).toBe(before + 1);
});

test('it is watched once while it is on the screen, and not after', () => {
  const { probe, watched } = createStage();
  const { unmount } = probe(() => useContextRecord('c'));
  expect(watched).toEqual(['context/c']);
  unmount();
  expect(watched).toEqual([]);
});
