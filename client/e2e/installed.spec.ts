import { expect, type Page } from '@playwright/test';
import { Device } from './device.js';
import { expectWaiting } from './expectations.js';
import { test } from './nextBuild.js';

test.use({ serviceWorkers: 'allow' });

test('a conversation opens without a network, and what is written in it is sent when there is one', async ({
  browser,
  server,
}) => {
  const home = await browser.newContext();
  const { device } = await Device.register(home);
  await device.begin('Known before');
  await expectKept(device.page);
  await expectWrittenDown(device.page, 'Known before');
  const address = device.page.url();
  await server.kill();
  await home.setOffline(true);
  await device.page.close();

  const offline = new Device(await home.newPage());
  for (const open of [() => offline.page.goto(address), () => offline.page.reload()]) {
    await open();
    await expect(offline.contents).toHaveText(['Known before']);
    await expect(offline.connection).toHaveAttribute('data-status', 'offline');
    await expect(offline.conversation('Known before')).toBeVisible();
  }
  await offline.write('Written without a network');
  await expectWaiting(offline.message('Written without a network'));

  await home.setOffline(false);
  await server.start();
  await offline.isLive();
  await expect(offline.message('Written without a network')).not.toHaveAttribute('data-pending');
  const held = (await offline.history()).map(({ content }) => content);
  expect(held).toEqual(['Known before', 'Written without a network']);
});

test('a server that takes a request and never answers it keeps nobody from what is known', async ({
  browser,
  server,
}) => {
  const { device } = await Device.register(await browser.newContext());
  await device.begin('Known before');
  await expectKept(device.page);
  await expectWrittenDown(device.page, 'Known before');
  server.freeze();
  await device.page.reload();
  await expect(device.contents).toHaveText(['Known before']);
  await expect(device.connection).not.toHaveAttribute('data-status', 'live');
  await device.write('Written meanwhile');
  server.thaw();
  await device.isLive();
  await expect(device.message('Written meanwhile')).not.toHaveAttribute('data-pending');
});

test('what a page loads only when it is needed is there without a network too', async ({ browser }) => {
  const home = await browser.newContext();
  const { device } = await Device.register(home);
  await device.begin('Begun');
  await device.write('```js\nconst answer = 42;\n```\n\n$x^2$');
  await expect(device.page.locator('.hljs-keyword')).toHaveText('const');
  await expectKept(device.page);
  await expectWrittenDown(device.page, 'const answer');
  await home.setOffline(true);
  await device.page.reload();
  await expect(device.page.locator('.katex').first()).toBeVisible();
  await expect(device.page.locator('.hljs-keyword')).toHaveText('const');
  await device.page.getByRole('button', { name: 'Context settings' }).click();
  await expect(device.page.getByRole('dialog')).toBeVisible();
});

test('whoever is not signed in is told that there is no connection, and goes on when there is one', async ({
  browser,
}) => {
  const home = await browser.newContext();
  const page = await home.newPage();
  await page.goto('/');
  await expectKept(page);
  await home.setOffline(true);
  await page.goto('/c/01890a5d-0000-7000-8000-00000000ffff');
  await expect(page.getByRole('heading', { name: 'Welcome back' })).toBeVisible();
  await expect(page.getByText('There is no connection')).toBeVisible();
  await home.setOffline(false);
  await expect(page.getByText('There is no connection')).toBeHidden();
});

test('nothing but the app’s own files is kept', async ({ browser }) => {
  const { device } = await Device.register(await browser.newContext());
  await device.begin('Mine alone');
  await expectKept(device.page);
  await device.page.goto('/docs');
  await expect(device.page.getByText('bitworks-message').first()).toBeVisible();
  const kept = await keptAddresses(device.page);
  expect(kept.filter((path) => path !== '/' && !path.startsWith('/assets/'))).toEqual([]);
});

test('the browser finds the app fit to be installed', async ({ browser }) => {
  const page = await (await browser.newContext()).newPage();
  await page.goto('/');
  const devtools = await page.context().newCDPSession(page);
  const { url, errors, manifest } = await devtools.send('Page.getAppManifest');
  expect([new URL(url).pathname, errors]).toEqual(['/manifest.webmanifest', []]);
  expect(manifest.icons?.length).toBeGreaterThanOrEqual(3);
  const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors');
  expect(installabilityErrors.map(({ errorId }) => errorId)).toEqual([]);
});

test('an open tab goes on as it is after a new version has come, and the next start has the new one', async ({
  browser,
  server,
  nextBuild,
}) => {
  const home = await browser.newContext();
  const { device: before } = await Device.register(home);
  await before.begin('Before');
  await expectKept(before.page);
  const old = await buildOf(before.page);
  await server.kill();
  await nextBuild();
  await server.start();

  await expect(before.page.getByText('A new version is here.')).toBeVisible();
  await before.isLive();
  await before.page.getByRole('button', { name: 'Account' }).click();
  await before.page.getByRole('menuitem', { name: 'Account and devices' }).click();
  await expect(before.page.getByRole('dialog')).toContainText('This device');
  await before.page.keyboard.press('Escape');

  const after = await Device.open(home, new URL(before.page.url()).pathname);
  expect(await buildOf(after.page)).not.toBe(old);
  await expect(after.page.getByText('A new version is here.')).toBeHidden();
  await expect(after.contents).toHaveText(['Before']);
  expect(await shelves(after.page)).toContain(old);

  await before.page.getByRole('button', { name: 'Reload' }).click();
  await before.isLive();
  expect(await buildOf(before.page)).toBe(await buildOf(after.page));
  await expect.poll(() => shelves(after.page)).toEqual([await buildOf(after.page)]);
  await home.setOffline(true);
  await after.page.reload();
  await expect(after.contents).toHaveText(['Before']);
  expect(await buildOf(after.page)).toBe(await buildOf(before.page));
});

test('a start after a new version has come has it at once, and is told of no other', async ({
  browser,
  server,
  nextBuild,
}) => {
  const home = await browser.newContext();
  const { device: before } = await Device.register(home);
  await expectKept(before.page);
  const old = await buildOf(before.page);
  await before.page.close();
  await server.kill();
  await nextBuild();
  await server.start();

  const page = await home.newPage();
  await page.addInitScript(noteNewVersions);
  await page.goto('/');
  const now = await buildOf(page);
  expect(now).not.toBe(old);
  await new Device(page).isLive();
  await expect.poll(() => shelves(page)).toEqual([now]);
  expect(await page.evaluate(() => sessionStorage.getItem('told'))).toBeNull();
});

test('a page whose scripts the server does not have yet is not shown', async ({
  browser,
  server,
  nextBuild,
}) => {
  const { device } = await Device.register(await browser.newContext());
  await device.begin('Before');
  await expectKept(device.page);
  const old = await buildOf(device.page);
  // What a server has is looked up when it starts; until then this is like one of two that are brought up to date.
  await nextBuild();
  await device.page.reload();
  await device.isLive();
  expect(await buildOf(device.page)).toBe(old);

  await server.kill();
  await server.start();
  await device.page.reload();
  await device.isLive();
  expect(await buildOf(device.page)).not.toBe(old);
  await expect(device.contents).toHaveText(['Before']);
});

/** Runs in the page: notes whether it has ever said that there is a new version. */
function noteNewVersions(): void {
  new MutationObserver(() => {
    if (document.querySelector('.newVersion')) sessionStorage.setItem('told', 'yes');
  }).observe(document, { childList: true, subtree: true });
}

/** Waits until the worker has this page, and what the build consists of is kept, the last of it too. */
async function expectKept(page: Page): Promise<void> {
  await expect.poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
  for (const name of ['Markdown', 'MathMarkdown', 'Highlighted', 'ContextPanel', 'AccountDialog'])
    await expect.poll(() => keptAddresses(page)).toContainEqual(expect.stringContaining(`/assets/${name}-`));
}

/** Waits until the browser has a message in its database: changes are gathered for a moment. */
async function expectWrittenDown(page: Page, text: string): Promise<void> {
  await expect.poll(() => page.evaluate(readThreads)).toContain(text);
}

/** Runs in the page. */
async function readThreads(): Promise<string> {
  const result = <T>(asked: IDBRequest<T>) =>
    new Promise<T>((resolve) => (asked.onsuccess = () => resolve(asked.result)));
  const [{ name = '' } = {}] = await indexedDB.databases();
  const database = await result(indexedDB.open(name));
  const threads = await result(database.transaction('threads').objectStore('threads').getAll());
  database.close();
  return JSON.stringify(threads);
}

function keptAddresses(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const paths: string[] = [];
    for (const name of await caches.keys())
      for (const { url } of await (await caches.open(name)).keys()) paths.push(new URL(url).pathname);
    return paths;
  });
}

/** The builds of which something is kept. */
async function shelves(page: Page): Promise<string[]> {
  return (await page.evaluate(() => caches.keys())).map((name) => name.split(' ')[1] ?? '');
}

async function buildOf(page: Page): Promise<string> {
  return (await page.locator('meta[name=build]').getAttribute('content')) ?? '';
}
