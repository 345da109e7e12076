import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig, type Plugin } from 'vite';
import { serviceWorker } from './vite/serviceWorker.ts';

const SERVER = process.env['BITWORKS_URL'] ?? 'http://localhost:8000';

export default defineConfig({
  // What a message is laid out with is needed on the first screen that has one.
  plugins: [
    react(),
    serviceWorker(['markdown/Markdown.tsx']),
    docsAssets(),
    compressedAssets(),
    { ...entitiesWithoutPage(), apply: 'serve' },
  ],
  resolve: { conditions: ['@bitworks/source', ...defaultClientConditions] },
  // So that the worker that lays texts out loads what few of them need when the first does.
  worker: { format: 'es', plugins: () => [entitiesWithoutPage()] },
  server: {
    proxy: {
      ...Object.fromEntries(
        [
          '/auth',
          '/changes',
          '/config',
          '/context',
          '/conversations',
          '/healthz',
          '/messages',
          '/models',
        ].map((path) => [path, SERVER]),
      ),
      '/socket.io': { target: SERVER, ws: true },
    },
  },
  build: {
    target: 'es2022',
    // What is written into a style as an address of its own is not loaded: the server's policy allows no such fonts.
    assetsInlineLimit: 0,
  },
});

/** Names of characters, as in `&amp;`, from a list: in a page the browser is asked for them, in a worker it cannot be. */
function entitiesWithoutPage(): Plugin {
  const name = 'decode-named-character-reference';
  return {
    name: 'entities-without-page',
    enforce: 'pre',
    resolveId: (id) => (id === name ? createRequire(import.meta.url).resolve(name) : undefined),
  };
}

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

/** Puts each script and style beside itself in compressed form: the server sends that to whoever takes it. */
function compressedAssets(): Plugin {
  return {
    name: 'compressed-assets',
    apply: 'build',
    async closeBundle() {
      const folder = join(import.meta.dirname, 'dist', 'assets');
      const names = (await readdir(folder)).filter((name) => /\.(js|css)$/.test(name));
      await Promise.all(names.map((name) => compress(join(folder, name))));
    },
  };
}

async function compress(path: string): Promise<void> {
  const content = await readFile(path);
  await writeFile(`${path}.gz`, await promisify(gzip)(content, { level: 9 }));
  await writeFile(`${path}.br`, await promisify(brotliCompress)(content));
}
