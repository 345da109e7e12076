import { cp, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createRequire } from 'node:module';
import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig, type Plugin } from 'vite';

const SERVER = process.env['BITWORKS_URL'] ?? 'http://localhost:8000';

export default defineConfig({
  plugins: [react(), docsAssets()],
  resolve: { conditions: ['@bitworks/source', ...defaultClientConditions] },
  server: {
    proxy: {
      ...Object.fromEntries(
        ['/auth', '/conversations', '/messages', '/context', '/changes'].map((path) => [path, SERVER]),
      ),
      '/socket.io': { target: SERVER, ws: true },
    },
  },
  build: {
    target: 'es2022',
    // One file of about this size is what the whole client is; splitting it would only add a round trip.
    chunkSizeWarningLimit: 900,
  },
});

/** Puts what the server's /docs page needs beside the client, so that it needs nothing from elsewhere. */
function docsAssets(): Plugin {
  const source = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const names = ['swagger-ui.css', 'swagger-ui-bundle.js'];
  return {
    name: 'docs-assets',
    apply: 'build',
    async closeBundle() {
      const target = join(import.meta.dirname, 'dist', 'docs-assets');
      await mkdir(target, { recursive: true });
      await Promise.all(names.map((name) => cp(join(source, name), join(target, name))));
    },
  };
}
