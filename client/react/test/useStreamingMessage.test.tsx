import type { Message } from '@bitworks/sdk';
import { screen } from '@testing-library/react';
import { memo } from 'react';
import { expect, test } from 'vitest';
import { useMessages, useStreamingMessage } from '../src/index.js';
import { conversation, message, synced } from './support/events.js';
import { createStage } from './support/stage.js';

test('a word that is written renders its message, and neither the list nor another message', async () => {
  const { dispatch, show } = createStage();
  const renders = new Map<string, number>();
  const count = (name: string) => renders.set(name, (renders.get(name) ?? 0) + 1);
  const Row = memo(function Row({ record }: { record: Message }) {
    count(record.id);
    return <li>{useStreamingMessage(record).content}</li>;
  });
  function Thread() {
    count('list');
    return useMessages('c').messages.map(({ record }) => <Row key={record.id} record={record} />);
  }
  show(<Thread />);
  dispatch(synced, conversation('c', 1), message('m1', { revision: 2 }));
  dispatch(message('m2', { revision: 3, content: '', status: 'streaming' }));
  const before = new Map(renders);
  for (const [offset, text] of ['w', 'o', 'r', 'd', 's'].entries())
    dispatch({ type: 'delta', messageId: 'm2', offset, text });
  expect(await screen.findByText('words')).toBeDefined();
  expect(renders.get('list')).toBe(before.get('list'));
  expect(renders.get('m1')).toBe(before.get('m1'));
  dispatch(message('m2', { position: 3, revision: 4, content: 'words and an end' }));
  expect(screen.getByText('words and an end')).toBeDefined();
});
