import { expect } from '@playwright/test';
import { Device } from './device.js';
import { expectNoViolation } from './expectations.js';
import { buildOf, expectKept, shelves } from './kept.js';
import { test } from './nextBuild.js';

test.use({ serviceWorkers: 'allow' });

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

  await expect(before.page.getByText('A new version is available.')).toBeVisible();
  await before.isLive();
  for (const colorScheme of ['light', 'dark'] as const) {
    await before.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await expectNoViolation(before.page, `new version, ${colorScheme}`);
  }
  await before.page.getByRole('button', { name: 'Account' }).click();
  await before.page.getByRole('menuitem', { name: 'Account and devices' }).click();
  await expect(before.page.getByRole('dialog')).toContainText('This device');
  await before.page.keyboard.press('Escape');

  const after = await Device.open(home, new URL(before.page.url()).pathname);
  expect(await buildOf(after.page)).not.toBe(old);
  await expect(after.page.getByText('A new version is available.')).toBeHidden();
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
