import { memo } from 'react';
import { expect, test } from 'vitest';
import { useMessages } from '../src/index.js';
import { conversation, message, synced } from './support/events.js';
import { createStage } from './support/stage.js';

test('a change of one message renders the list once and that message, and no other', () => {
  const { dispatch, probe, show } = createStage();
  const shown = new Map<string, Set<string>>();
  const Row = memo(function Row({ id, content }: { id: string; content: string }) {
    shown.set(id, (shown.get(id) ?? new Set()).add(content));
    return null;
  });
  function Thread() {
    return useMessages('c').messages.map(({ record }) => (
      <Row key={record.id} id={record.id} content={record.content} />
    ));
  }
  const list = probe(() => useMessages('c'));
  show(<Thread />);
  dispatch(synced, conversation('c', 1));
  dispatch(...Array.from({ length: 20 }, (_, at) => message(`m${at}`, { revision: at + 2 })));
  const before = list.renders;
  shown.clear();
  dispatch(message('m7', { position: 9, revision: 30, content: 'changed' }));
  expect(list.renders).toBe(before + 1);
  expect([...shown]).toEqual([['m7', new Set(['changed'])]]);
});

test('what happens in other conversations renders nothing', () => {
  const { dispatch, probe } = createStage();
  const list = probe(() => useMessages('c'));
  dispatch(synced, conversation('c', 1), message('m', { revision: 2 }));
  const before = list.renders;
  dispatch(conversation('d', 3), message('n', { revision: 4, conversation_id: 'd' }));
  expect(list.renders).toBe(before);
});

test('what can be done stays the same, whatever comes', () => {
  const { dispatch, probe } = createStage();
  const list = probe(() => useMessages('c', { keep: 500 }));
  dispatch(synced, conversation('c', 1), message('m', { revision: 2 }));
  const { loadOlder, loadNewer, toLatest, retry } = list.now;
  dispatch(message('n', { revision: 3 }));
  expect(list.now.loadOlder).toBe(loadOlder);
  expect(list.now.loadNewer).toBe(loadNewer);
  expect(list.now.toLatest).toBe(toLatest);
  expect(list.now.retry).toBe(retry);
});

test('it is watched once while it is on the screen, and not after', () => {
  const { probe, watched } = createStage();
  const { unmount } = probe(() => useMessages('c'));
  expect(watched).toEqual(['messages/c']);
  unmount();
  expect(watched).toEqual([]);
});
