import { expect, test } from '@playwright/test';
import { Device } from './device.js';
import { expectWaiting } from './expectations.js';
import { expectKept, expectWrittenDown, keptAddresses } from './kept.js';
import { test as testOnServer } from './server.js';

test.use({ serviceWorkers: 'allow' });
testOnServer.use({ serviceWorkers: 'allow' });

testOnServer(
  'a conversation opens without a network, and what is written in it is sent when there is one',
  async ({ browser, server }) => {
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
  },
);

testOnServer(
  'a server that takes a request and never answers it keeps nobody from what is known',
  async ({ browser, server }) => {
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
  },
);

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
  await device.page.getByRole('button', { name: 'Conversation settings' }).click();
  await expect(device.page.getByRole('region', { name: 'This conversation' })).toBeVisible();
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
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await expect(page.getByText('No connection')).toBeVisible();
  await home.setOffline(false);
  await expect(page.getByText('No connection')).toBeHidden();
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
