// @vitest-environment node
import { build } from 'vite';
import { expect, test } from 'vitest';

test('the example builds', async () => {
  const root = new URL('..', import.meta.url).pathname;
  const built = await build({ root, logLevel: 'silent', build: { write: false } });
  if (Array.isArray(built) || !('output' in built)) throw new Error('One bundle was to be built.');
  const code = built.output.map((chunk) => ('code' in chunk ? chunk.code : '')).join('');
  expect(code).toContain('New conversation');
}, 60_000);
