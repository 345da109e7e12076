import { expect, test } from '@playwright/test';
import { Device } from './device.js';

test('the address of a conversation opens it after a reload', async ({ browser }) => {
  const { device } = await Device.register(await browser.newContext());
  await device.begin('Find me again');
  await device.page.reload();
  await device.isLive();
  await expect(device.contents).toHaveText(['Find me again']);
  await expect(device.page).toHaveTitle('Find me again');
});

test('an address that leads nowhere says so', async ({ browser }) => {
  const { device } = await Device.register(await browser.newContext());
  for (const id of ['01890a5d-0000-7000-8000-00000000ffff', 'mistyped']) {
    await device.page.goto(`/c/${id}`);
    await expect(device.page.getByText('This conversation is not here')).toBeVisible();
  }
});

test('signing out in one tab ends the other tabs of that browser, and no other browser', async ({
  browser,
}) => {
  const home = await browser.newContext();
  const { device: first, account } = await Device.register(home);
  const second = await Device.open(home);
  const other = await Device.signIn(await browser.newContext(), account);
  await first.signOut();
  for (const device of [first, second]) {
    await expect(device.page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
  }
  await other.begin('Still here');
  await other.isLive();
});

test('ending a session from another device signs that device out', async ({ browser }) => {
  const { device, account } = await Device.register(await browser.newContext());
  const other = await Device.signIn(await browser.newContext(), account);
  await device.page.getByRole('button', { name: 'Account' }).click();
  await device.page.getByRole('menuitem', { name: 'Account and devices' }).click();
  await device.page.getByRole('button', { name: 'Sign out there' }).click();
  await expect(other.page.getByText('You have been signed out on this device.')).toBeVisible();
  await device.isLive();
});

test('a wrong password is refused in words', async ({ browser }) => {
  const { device, account } = await Device.register(await browser.newContext());
  await device.signOut();
  await device.page.getByLabel('Email').fill(account.email);
  await device.page.getByLabel('Password', { exact: true }).fill('not this one');
  await device.page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(
    device.page.getByRole('alert').filter({ hasText: 'The email or the password is wrong.' }),
  ).toBeVisible();
});
