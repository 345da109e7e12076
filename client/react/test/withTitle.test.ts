import type { ConversationView } from '@bitworks/sdk';
import { expect, test } from 'vitest';
import { withTitle } from '../src/withTitle.js';

function titled(title: string | null): ConversationView {
  const times = { created_at: '2026-01-01T00:00:00.000Z', updated_at: '2026-01-01T00:00:00.000Z' };
  const record = { id: `${title}`, user_id: 'u', title, metadata: {}, ...times, position: 1, revision: 1 };
  return { record, pending: undefined };
}

const list = [titled('Canción de otoño'), titled('Trip to Rome'), titled(null)];

test.each([
  ['CANCION', ['Canción de otoño']],
  [' rome ', ['Trip to Rome']],
  ['', ['Canción de otoño', 'Trip to Rome', null]],
  ['nothing', []],
])('%j finds %j', (words, titles) => {
  expect(withTitle(list, words).map(({ record }) => record.title)).toEqual(titles);
});
