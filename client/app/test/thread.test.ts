import type { Message, MessageView } from '@bitworks/sdk';
import { expect, test } from 'vitest';
import { hasEnded } from '../src/thread/Announcer';
import { isPrepended } from '../src/thread/useShift';

function message(position: number, changes: Partial<Message> = {}): Message {
  return {
    ...{ id: `m${position}`, conversation_id: 'c', role: 'assistant', content: 'x', status: 'complete' },
    ...{ metadata: {}, token_count: 1, timestamp: '2026-01-01T00:00:00.000Z', edited_at: null },
    ...{ position, revision: position },
    ...changes,
  };
}

function views(...positions: number[]): MessageView[] {
  return positions.map((position) => ({ record: message(position), pending: undefined }));
}

test('only what stands before the same end counts as older', () => {
  expect(isPrepended(views(3, 4), views(1, 2, 3, 4))).toBe(true);
  expect(isPrepended(views(3, 4), views(3, 4, 5))).toBe(false);
  expect(isPrepended(views(), views(1))).toBe(false);
  expect(isPrepended(views(3, 4), views(2, 3, 4, 5))).toBe(false);
});

test('an answer is said when it ends, not while it grows, and not again', () => {
  const growing = message(2, { status: 'streaming' });
  expect(hasEnded(message(1, { role: 'user' }), growing)).toBe(false);
  expect(hasEnded(growing, message(2))).toBe(true);
  expect(hasEnded(growing, message(2, { status: 'stopped' }))).toBe(true);
  expect(hasEnded(message(2), message(2, { revision: 9 }))).toBe(false);
});

test('what was there when the conversation was opened is not said', () => {
  expect(hasEnded(undefined, message(1))).toBe(false);
  expect(hasEnded(message(5), message(1))).toBe(false);
});
