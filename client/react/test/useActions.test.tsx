import { act } from '@testing-library/react';
import { expect, test } from 'vitest';
import { useActions, useConversations } from '../src/index.js';
import { synced } from './support/events.js';
import { createStage } from './support/stage.js';

test('what can be done never renders whoever does it', () => {
  const { dispatch, probe } = createStage();
  const [actions, list] = [probe(useActions), probe(useConversations)];
  dispatch(synced);
  act(() => void actions.now.createConversation('Tea'));
  expect(list.now.conversations.map(({ record }) => record.title)).toEqual(['Tea']);
  expect(actions.renders).toBe(1);
});
