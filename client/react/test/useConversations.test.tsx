import { expect, test } from 'vitest';
import { useConversations } from '../src/index.js';
import { context, conversation, message, synced } from './support/events.js';
import { createStage } from './support/stage.js';

test('a list follows what happens, one render for each change', () => {
  const { dispatch, probe } = createStage();
  const list = probe(useConversations);
  dispatch(synced, conversation('one', 1), conversation('two', 2));
  expect(list.now.conversations.map(({ record }) => record.title)).toEqual(['two', 'one']);
  const before = list.renders;
  dispatch(conversation('one', 3, 'Renamed'));
  expect(list.now.conversations.map(({ record }) => record.title)).toEqual(['Renamed', 'two']);
  expect(list.renders).toBe(before + 1);
});

test('what does not show in it renders nothing', () => {
  const { dispatch, probe } = createStage();
  const list = probe(useConversations);
  dispatch(synced, conversation('c', 1), message('m', { revision: 2, status: 'streaming' }));
  const before = list.renders;
  dispatch(context('c', 3, { model: 'small' }));
  dispatch({ type: 'delta', messageId: 'm', offset: 1, text: 'ore' });
  dispatch({ type: 'typing', conversationId: 'c' });
  expect(list.renders).toBe(before);
});

test('a row that did not change stays the same, and so does what can be done', () => {
  const { dispatch, probe } = createStage();
  const list = probe(useConversations);
  dispatch(synced, conversation('one', 1), conversation('two', 2));
  const before = list.now;
  dispatch(conversation('two', 3, 'Renamed'));
  expect(list.now.conversations[0]?.record.title).toBe('Renamed');
  expect(list.now.conversations[1]).toBe(before.conversations[1]);
  expect(list.now.loadMore).toBe(before.loadMore);
  expect(list.now.retry).toBe(before.retry);
});

test('it is watched once while it is on the screen, and not after', () => {
  const { probe, watched } = createStage();
  const { unmount } = probe(useConversations);
  expect(watched).toEqual(['conversations']);
  unmount();
  expect(watched).toEqual([]);
});
