import { expect, test } from '@playwright/test';
import { Device } from './device.js';
import { openSdkPage } from './sdkPage.js';

test.use({ baseURL: process.env['BITWORKS_ANSWERING_URL'] ?? 'http://localhost:8000' });

test('what the document shows of React works as it is printed there', async ({ browser }) => {
  const context = await browser.newContext();
  const { device: app, account } = await Device.register(context);
  await app.begin('Do cats dream?');
  await expect(app.answer(1)).toContainText('will answer here.');
  const page = await context.newPage();
  await openSdkPage(page, account);
  await expect(page.getByRole('status').first()).toHaveText('live');

  await page.getByRole('button', { name: 'Do cats dream?' }).click();
  await expect(page.getByRole('article')).toHaveText([/cats/, /will answer here\./]);
  await page.getByLabel('Message').fill('And dogs?');
  await page.getByLabel('Message').press('Enter');
  await expect(app.answer(2)).toContainText('will answer here.');
  await expect(page.getByRole('article').last()).toContainText('will answer here.');

  await page.getByLabel('Temperature').fill('0.7');
  await expect(async () => expect((await app.context()).parameters).toEqual({ temperature: 0.7 })).toPass();

  await page.getByLabel('Search').fill('CATS');
  await expect(page.getByRole('search')).toContainText('Do cats dream?');

  await page.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('button', { name: 'Do cats dream?' })).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByRole('button', { name: 'Do cats dream?' })).toBeVisible();

  await context.setOffline(true);
  await page.getByLabel('Message').fill('Written offline');
  await page.getByLabel('Message').press('Enter');
  await expect(page.getByText('Waiting…')).toBeVisible();
  await context.setOffline(false);
  await expect(page.getByText('Waiting…')).toHaveCount(0);
  await expect(app.message('Written offline')).toBeVisible();
});
