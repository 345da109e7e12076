import { expect, test, type Locator, type Page } from '@playwright/test';
import { Device } from './device.js';

test('the language is the browser’s until one is chosen, which is remembered', async ({ browser }) => {
  const context = await browser.newContext({ locale: 'es-MX' });
  const page = await context.newPage();
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'Iniciar sesión' })).toBeVisible();
  await page.getByText('English', { exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
});

test('the dark look is chosen by hand and remembered', async ({ browser }) => {
  const context = await browser.newContext({ colorScheme: 'light' });
  const page = await context.newPage();
  await page.goto('/');
  const root = page.locator('html');
  await expect(root).toHaveAttribute('data-mantine-color-scheme', 'light');
  await expect(barColor(page)).toHaveAttribute('content', '#f6f6f3');
  await page.getByTitle('Dark').click();
  await expect(root).toHaveAttribute('data-mantine-color-scheme', 'dark');
  await page.reload();
  await expect(root).toHaveAttribute('data-mantine-color-scheme', 'dark');
  await expect(barColor(page)).toHaveAttribute('content', '#17191a');
});

/** What a light system colours its own bars with around the app. */
function barColor(page: Page): Locator {
  return page.locator('meta[name=theme-color][media*=light]');
}

test('on a phone the list is a drawer that closes when a conversation is chosen', async ({ browser }) => {
  const context = await browser.newContext({
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
  });
  const { device } = await Device.register(context);
  await device.composer.fill('On the phone');
  await device.page.getByRole('button', { name: 'Send' }).click();
  await expect(device.contents).toHaveText(['On the phone']);
  await expect(device.list).not.toBeInViewport();
  await device.page.getByRole('button', { name: 'Show conversations' }).click();
  await expect(device.conversation('On the phone')).toBeInViewport();
  await device.conversation('On the phone').click();
  await expect(device.list).not.toBeInViewport();
});

test('at every width there is the list or the one way to it, and never neither', async ({ browser }) => {
  const context = await browser.newContext({ viewport: { width: 767, height: 1024 } });
  const { device } = await Device.register(context);
  const opening = device.page.getByRole('button', { name: 'Show conversations' });
  const account = device.page.getByRole('button', { name: 'Account' });
  for (const [width, isBeside] of [
    [390, false],
    [767, false],
    [768, true],
    [769, true],
    [1440, true],
  ] as const) {
    await device.page.setViewportSize({ width, height: 1024 });
    await expect(opening).toBeVisible({ visible: !isBeside });
    await expect(account).toBeVisible({ visible: isBeside });
  }
});

test('on a phone a new conversation is one press away', async ({ browser }) => {
  const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
  const { device } = await Device.register(await browser.newContext(phone));
  await device.composer.fill('On the phone');
  await device.page.getByRole('button', { name: 'Send' }).click();
  await expect(device.contents).toHaveText(['On the phone']);
  await device.page.getByRole('link', { name: 'New conversation' }).click();
  await expect(device.page.getByRole('heading', { name: 'What is on your mind?' })).toBeVisible();
});

test('on a desk the list is hidden by its button or its keys, stays so, and comes for a search', async ({
  browser,
}) => {
  const { device } = await Device.register(await browser.newContext());
  const { page } = device;
  await device.begin('Alone');
  await page.getByRole('button', { name: 'Hide conversations' }).click();
  await expect(device.list).not.toBeInViewport();
  await page.reload();
  await device.isLive();
  await expect(device.list).not.toBeInViewport();
  await expect(page.getByRole('link', { name: 'New conversation' })).toBeVisible();
  await page.keyboard.press('Control+b');
  await expect(device.conversation('Alone')).toBeInViewport();
  await page.keyboard.press('Control+b');
  await expect(device.list).not.toBeInViewport();
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('searchbox')).toBeFocused();
});

test('where there is no room for three, the list gives way to the panel until it is asked for', async ({
  browser,
}) => {
  const context = await browser.newContext({ viewport: { width: 1024, height: 768 } });
  const { device } = await Device.register(context);
  await device.begin('In the middle');
  await device.page.keyboard.press('Control+.');
  await expect(device.page.getByTestId('meter')).toBeVisible();
  await expect(device.list).not.toBeInViewport();
  await device.write('Still in use');
  await expect(device.message('Still in use')).toBeVisible();
  await device.page.getByRole('button', { name: 'Show conversations' }).click();
  await expect(device.conversation('In the middle')).toBeInViewport();
  await device.page.keyboard.press('Control+.');
  await expect(device.list).toBeInViewport();
});

test('the list gives way only to a panel that is there', async ({ browser }) => {
  const context = await browser.newContext({ viewport: { width: 1024, height: 768 } });
  const { device } = await Device.register(context);
  await device.begin('With a panel');
  const other = await context.newPage();
  await other.goto(device.page.url());
  await expect(other.getByRole('navigation')).toBeInViewport();
  await device.page.keyboard.press('Control+.');
  await expect(device.page.getByTestId('meter')).toBeVisible();
  await expect(other.getByRole('navigation')).toBeInViewport();
  await device.page.goto('/c/01900000-0000-7000-8000-000000000000');
  await expect(device.page.getByText('Conversation not found')).toBeVisible();
  await expect(device.list).toBeInViewport();
});

test('a browser that would install the app is asked from the menu', async ({ browser }) => {
  const { device } = await Device.register(await browser.newContext());
  const { page } = device;
  const account = page.getByRole('button', { name: 'Account' });
  await account.click();
  await expect(page.getByRole('menuitem', { name: 'Sign out' })).toBeVisible();
  await expect(page.getByRole('menuitem', { name: 'Install the app' })).toHaveCount(0);
  await page.evaluate(() => {
    const event = new Event('beforeinstallprompt', { cancelable: true });
    const prompt = () => {
      document.body.setAttribute('data-asked', '');
      return Promise.resolve();
    };
    window.dispatchEvent(Object.assign(event, { prompt }));
  });
  await page.getByRole('menuitem', { name: 'Install the app' }).click();
  await expect(page.locator('body[data-asked]')).toBeVisible();
});

test('an iPhone is told how the app comes to its home screen', async ({ browser }) => {
  const userAgent = 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1';
  const { device } = await Device.register(await browser.newContext({ userAgent }));
  await device.page.getByRole('button', { name: 'Account' }).click();
  await device.page.getByRole('menuitem', { name: 'Install the app' }).click();
  await expect(device.page.getByText('Choose “Add to Home Screen”.')).toBeVisible();
});

test('a context saved on one device shows on the other, and is not overwritten unseen', async ({
  browser,
}) => {
  const { device: first, account } = await Device.register(await browser.newContext());
  await first.begin('With context');
  const second = await Device.signIn(await browser.newContext(), account);
  await second.openConversation('With context');
  for (const { page } of [first, second])
    await page.getByRole('button', { name: 'Conversation settings' }).click();

  const model = { name: 'Model', exact: true };
  await first.page.getByRole('textbox', model).fill('first-model');
  await first.page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(second.page.getByRole('textbox', model)).toHaveValue('first-model');

  await second.page.getByRole('textbox', { name: 'Instructions' }).fill('Be brief.');
  await first.page.getByRole('textbox', model).fill('newer-model');
  await first.page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(second.page.getByTestId('stale')).toBeVisible();
  await second.page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(second.page.getByTestId('stale')).toContainText('nothing was saved');
  await second.page.getByRole('button', { name: 'Use the other version' }).click();
  await expect(second.page.getByRole('textbox', model)).toHaveValue('newer-model');
});
