import { act } from '@testing-library/react';
import { expect, test } from 'vitest';
import { useConnection } from '../src/index.js';
import { conversation, synced } from './support/events.js';
import { createStage } from './support/stage.js';

test('the state of the connection is told', () => {
  const { client, probe } = createStage();
  const connection = probe(useConnection);
  expect(connection.now.status).toBe('connecting');
  act(() => client.store.setStatus('live'));
  expect(connection.now).toEqual({ status: 'live', hasBeenLive: true });
});

test('what comes over it renders nothing', () => {
  const { dispatch, probe } = createStage();
  const connection = probe(useConnection);
  dispatch(synced, conversation('c', 1));
  expect(connection.renders).toBe(1);
});
