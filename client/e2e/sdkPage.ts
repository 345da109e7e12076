import type { Page } from '@playwright/test';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultClientConditions } from 'vite';
import { bundle, standIn, type Files } from './bundle.js';
import type { Account } from './device.js';

const DOCUMENT = fileURLToPath(new URL('../../docs/sdk.md', import.meta.url));
/** Below node_modules, so that the packages are found. */
const ROOM = fileURLToPath(new URL('../node_modules/.sdk-page-', import.meta.url));
const HTML = '<html><div id="root"></div><script type="module" src="./main.tsx"></script></html>';
/** Signs in as the account behind the `#`, and shows what the document has written. */
const MAIN = `
import { createAuth, createClient, createMemoryTokenStore } from '@bitworks/sdk';
import { createRoot } from 'react-dom/client';
import { App } from './App';

const url = location.origin;
const auth = createAuth({ url, tokens: createMemoryTokenStore() });
const account = new URLSearchParams(location.hash.slice(1));
const user = await auth.login(account.get('email'), account.get('password'));
const client = createClient({ url, userId: user.id, getToken: auth.getToken });
createRoot(document.getElementById('root')).render(<App client={client} />);
`;

/** Opens what `docs/sdk.md` shows of React, as it is printed there. */
export async function openSdkPage(page: Page, account: Account): Promise<void> {
  await standIn(page, await buildSdkPage());
  await page.goto(`/#${new URLSearchParams({ ...account })}`);
}

async function buildSdkPage(): Promise<Files> {
  const root = await mkdtemp(ROOM);
  const blocks = (await readFile(DOCUMENT, 'utf8')).matchAll(/^```tsx\n(.*?)^```$/gms);
  const app = Array.from(blocks, ([, block]) => block).join('\n');
  const sources = { 'index.html': HTML, 'main.tsx': MAIN, 'App.tsx': app };
  for (const [name, text] of Object.entries(sources)) await writeFile(join(root, name), text);
  const built = await bundle({
    root,
    resolve: { conditions: ['@bitworks/source', ...defaultClientConditions] },
  });
  await rm(root, { recursive: true });
  return built;
}
