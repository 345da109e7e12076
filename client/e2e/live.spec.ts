import { expect, test } from '@playwright/test';
import { Device } from './device.js';
import { threeDevices } from './threeDevices.js';

test('a message written on one device appears on the others, in the same order', async ({ browser }) => {
  const { first, second, other, all } = await threeDevices(browser, 'Hello from the first tab');
  await first.write('one');
  await expect(other.message('one')).toBeVisible();
  await other.write('two');
  await expect(second.message('two')).toBeVisible();
  await second.write('three');
  for (const device of all) {
    await expect(device.contents).toHaveText(['Hello from the first tab', 'one', 'two', 'three']);
  }
});

test('a change and a deletion of a message appear on the others', async ({ browser }) => {
  const { first, second, other } = await threeDevices(browser, 'Hello from the first tab');
  await first.write('a slip');
  await other.editMessage('a slip', 'put right');
  for (const device of [first, second]) {
    await expect(device.message('put right')).toContainText('edited');
  }
  await second.deleteMessage('put right');
  for (const device of [first, other]) await expect(device.contents).toHaveText(['Hello from the first tab']);
});

test('a new title and a deletion of a conversation appear on the others', async ({ browser }) => {
  const { first, second, other } = await threeDevices(browser, 'Hello from the first tab');
  await other.rename('Hello from the first tab', 'A better title');
  for (const device of [first, second]) {
    await expect(device.conversation('A better title')).toBeVisible();
    await expect(device.page.getByTestId('title')).toHaveText('A better title');
  }
  await first.deleteConversation('A better title');
  await expect(first.page.getByRole('heading', { name: 'What is on your mind?' })).toBeVisible();
  for (const device of [second, other]) {
    await expect(device.conversation('A better title')).toHaveCount(0);
    await expect(device.page.getByText('This conversation was deleted')).toBeVisible();
  }
});

test('a device that was offline is right again when it comes back', async ({ browser }) => {
  const { first, other, away } = await threeDevices(browser, 'Hello from the first tab');
  await first.begin('Soon to be deleted');
  await expect(other.conversation('Soon to be deleted')).toBeVisible();
  await away.setOffline(true);
  await expect(other.connection).not.toHaveAttribute('data-status', 'live');

  await first.deleteConversation('Soon to be deleted');
  await first.openConversation('Hello from the first tab');
  await first.write('written while you were away');
  await first.editMessage('Hello from the first tab', 'Hello, edited meanwhile');
  await first.rename('Hello from the first tab', 'Renamed meanwhile');
  await first.begin('Begun meanwhile');
  await other.write('written offline');
  await expect(other.message('written offline')).toHaveAttribute('data-pending', 'sending');

  await away.setOffline(false);
  await other.isLive();
  const texts = ['Hello, edited meanwhile', 'written while you were away', 'written offline'];
  await expect(other.contents).toHaveText(texts);
  await expect(other.conversation('Renamed meanwhile')).toBeVisible();
  await expect(other.conversation('Begun meanwhile')).toBeVisible();
  await expect(other.conversation('Soon to be deleted')).toHaveCount(0);
  await first.openConversation('Renamed meanwhile');
  await expect(first.contents).toHaveText(texts);
});

test('older messages are read when one scrolls up to them, and what is read stays in place', async ({
  browser,
}) => {
  const { device } = await Device.register(await browser.newContext());
  await device.begin('number 1');
  for (let number = 2; number <= 130; number++) await device.write(`number ${number}`);
  await expect(device.message('number 130')).not.toHaveAttribute('data-pending');
  await device.page.reload();
  await expect(device.message('number 130')).toBeInViewport();
  // Only what is near the screen stands in the page.
  expect(await device.contents.count()).toBeLessThan(50);
  await device.page.getByRole('log').hover();
  await expect(async () => {
    await device.page.mouse.wheel(0, -2000);
    await expect(device.contents.first()).toHaveText('number 1', { timeout: 200 });
  }).toPass();
  await expect(device.message('number 130')).toHaveCount(0);
  await device.page.getByRole('button', { name: 'Jump to the latest message' }).click();
  await expect(device.message('number 130')).toBeInViewport();
});

test('a tab that nobody looks at says so when something has come, until it is looked at', async ({
  browser,
}) => {
  const { device, account } = await Device.register(await browser.newContext());
  await device.begin('Watched');
  const other = await Device.signIn(await browser.newContext(), account);
  await other.openConversation('Watched');
  const look = (state: 'visible' | 'hidden') =>
    device.page.evaluate((state) => {
      Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, state);
  await look('hidden');
  await expect(device.page).toHaveTitle('Watched · Bitworks Message');
  await other.write('From elsewhere');
  await expect(device.page).toHaveTitle('● Watched · Bitworks Message');
  await expect(device.page.locator('link[rel=icon]')).toHaveAttribute('href', /news/);
  await look('visible');
  await expect(device.page).toHaveTitle('Watched · Bitworks Message');
  await expect(device.page.locator('link[rel=icon]')).not.toHaveAttribute('href', /news/);
});
