import { defineConfig } from 'vitest/config';

// The packages are tested from their sources: no build is needed before a test run.
const resolve = { conditions: ['@bitworks/source', 'module', 'import', 'default'] };
// Node adds `import` or `require` itself, as the one who asks needs it.
const ssr = { resolve: { conditions: ['@bitworks/source', 'module', 'node'] } };

export default defineConfig({
  test: {
    projects: [
      { resolve, ssr, test: { name: 'sdk', root: './sdk', environment: 'node' } },
      { resolve, ssr, test: { name: 'react', root: './react', environment: 'happy-dom' } },
      { resolve, ssr, test: { name: 'assistant-ui', root: './assistant-ui', environment: 'happy-dom' } },
      { resolve, ssr, test: { name: 'example', root: './examples/assistant-ui', environment: 'happy-dom' } },
      { resolve, ssr, test: { name: 'app', root: './app', environment: 'node' } },
    ],
  },
});
