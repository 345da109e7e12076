import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { expect, test } from 'vitest';

/** Bytes, gzipped: what a page pays for the SDK beside socket.io-client. */
const LIMIT = 15_500;

test('the SDK with all it brings is small, without socket.io-client', async () => {
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      minify: true,
      rolldownOptions: {
        input: new URL('../src/index.ts', import.meta.url).pathname,
        preserveEntrySignatures: 'strict',
        external: ['socket.io-client'],
      },
    },
  });
  if (Array.isArray(built) || !('output' in built)) throw new Error('One bundle was to be built.');
  const code = built.output.map((chunk) => ('code' in chunk ? chunk.code : '')).join('');
  expect(code).toContain('bitworks');
  expect(gzipSync(code).length).toBeLessThan(LIMIT);
});
