import { devices, expect, test, type Browser, type Locator } from '@playwright/test';
import { Device } from './device.js';

/** What has the focus is removed by its own press; where the focus must be then. */
async function pressed(button: Locator, home: Locator): Promise<void> {
  await button.focus();
  await button.press('Enter');
  await expect(home).toBeFocused();
}

test('the focus is never lost to what goes away by its own press', async ({ browser }) => {
  const { device } = await Device.register(await browser.newContext());
  const { page, composer } = device;
  const button = (name: string | RegExp): Locator => page.getByRole('button', { name, exact: true });
  await device.begin('Kept');

  await composer.fill('Sent by a button');
  await pressed(button('Send'), composer);
  const message = device.message('Sent by a button');
  await expect(message).not.toHaveAttribute('data-pending');

  await pressed(message.getByRole('button', { name: 'Edit message' }), page.getByLabel('Edit the message'));
  await page.keyboard.press('Escape');
  await expect(message).toBeFocused();

  await pressed(
    message.getByRole('button', { name: 'Delete message' }),
    page.getByRole('region', { name: 'Messages' }),
  );
  await pressed(button('Undo'), page.getByRole('region', { name: 'Messages' }));

  const settings = button('Conversation settings');
  const panel = page.getByRole('region', { name: 'This conversation' });
  await pressed(settings, panel);
  await panel.getByRole('button', { name: 'Advanced' }).click();
  await panel.getByLabel('Top P').fill('0.4');
  await pressed(panel.getByRole('button', { name: 'Save' }), panel.getByRole('button', { name: 'Save' }));
  await pressed(panel.getByRole('button', { name: 'Close' }), settings);

  const account = page.locator('.accountButton');
  for (const item of ['Account and devices', 'Keyboard shortcuts']) {
    await account.press('Enter');
    await page.getByRole('menuitem', { name: item }).press('Enter');
    await expect(page.getByRole('dialog')).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(account).toBeFocused();
  }
});

test('where the list is hidden with the focus in it, what shows it has the focus', async ({ browser }) => {
  const { device } = await Device.register(await browser.newContext());
  const { page } = device;
  const show = page.getByRole('button', { name: 'Show conversations' });
  await pressed(page.getByRole('button', { name: 'Hide conversations' }), show);
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('searchbox')).toBeFocused();
  await page.keyboard.press('Control+b');
  await expect(show).toBeFocused();
});

test('on a narrow screen the keys of the list open its drawer and close it', async ({ browser }) => {
  const { device } = await Device.register(await browser.newContext());
  const { page } = device;
  await device.begin('Beside');
  await page.setViewportSize({ width: 600, height: 800 });
  await expect(device.list).not.toBeInViewport();
  await page.keyboard.press('Control+b');
  await expect(device.list).toBeInViewport();
  await page.keyboard.press('Control+b');
  await expect(device.list).not.toBeInViewport();
  await page.setViewportSize({ width: 1280, height: 800 });
  await expect(device.list).toBeInViewport();
});

test('who has forgotten the password is told, and is where it is said', async ({ page }) => {
  await page.goto('/login');
  await pressed(
    page.getByRole('button', { name: 'Forgot your password?' }),
    page.getByText('they can set a new one for you'),
  );
});

test('on a phone the keyboard does not come by itself over what one reads', async ({ browser }) => {
  const { device, account } = await Device.register(await browser.newContext());
  await device.begin('To be read');
  await expect(device.composer).toBeFocused();
  const phone = await Device.signIn(await browser.newContext(devices['Pixel 7']), account);
  await phone.page.goto(device.page.url());
  await expect(phone.message('To be read')).toBeVisible();
  await expect(phone.composer).not.toBeFocused();
});

test.describe('what another device deletes', () => {
  async function twoDevices(browser: Browser): Promise<[Device, Device]> {
    const { device: first, account } = await Device.register(await browser.newContext());
    await first.begin('Stays');
    await first.write('Goes');
    const second = await Device.signIn(await browser.newContext(), account);
    await second.openConversation('Stays');
    await expect(second.message('Goes')).toBeVisible();
    return [first, second];
  }

  async function deleteOne(first: Device, second: Device): Promise<void> {
    await first.message('Goes').hover();
    await first.message('Goes').getByRole('button', { name: 'Delete message' }).click();
    await first.page.goto('about:blank');
    await expect(second.message('Goes')).toHaveCount(0);
  }

  test('gives the focus back to where it was before', async ({ browser }) => {
    const [first, second] = await twoDevices(browser);
    const edit = { name: 'Edit message' };
    await second.message('Stays').getByRole('button', edit).focus();
    await second.message('Goes').getByRole('button', edit).focus();
    await deleteOne(first, second);
    await expect(second.message('Stays').getByRole('button', edit)).toBeFocused();
  });

  test('takes it to nothing where somebody had let it go', async ({ browser }) => {
    const [first, second] = await twoDevices(browser);
    await second.message('Goes').getByRole('button', { name: 'Edit message' }).focus();
    await second.page.evaluate(
      () => document.activeElement instanceof HTMLElement && document.activeElement.blur(),
    );
    await deleteOne(first, second);
    const focused = await second.page.evaluate(async () => {
      await new Promise((done) => setTimeout(done));
      return document.activeElement?.tagName;
    });
    expect(focused).toBe('BODY');
  });
});
