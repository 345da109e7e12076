import { expect, test, type Browser, type Page } from '@playwright/test';
import { Device } from './device.js';
import { test as testOnServer } from './server.js';

async function twoDevices(browser: Browser, title: string): Promise<[Device, Device]> {
  const { device: first, account } = await Device.register(await browser.newContext());
  await first.begin(title);
  const second = await Device.signIn(await browser.newContext(), account);
  await second.openConversation(title);
  return [first, second];
}

async function openPanel({ page }: Device): Promise<void> {
  await page.getByRole('button', { name: 'Conversation settings' }).click();
  await expect(page.getByTestId('meter')).toBeVisible();
}

async function unfold(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Advanced' }).click();
}

async function usedIn(page: Page): Promise<number> {
  return Number(await page.getByTestId('meter').getAttribute('data-used'));
}

test('the meter grows with what another device writes', async ({ browser }) => {
  const [first, second] = await twoDevices(browser, 'Meter');
  await openPanel(second);
  const before = await usedIn(second.page);
  await first.write('Another thing to be counted, of some length.');
  await expect.poll(() => usedIn(second.page)).toBeGreaterThan(before);
  await expect(second.page.getByTestId('meter')).toContainText('2 messages');
});

test('a message pinned by keyboard is pinned on the other device, and let go there', async ({ browser }) => {
  const [first, second] = await twoDevices(browser, 'Worth keeping');
  const pin = first
    .message('Worth keeping')
    .getByRole('button', { name: 'Pin, so that the model always sees it' });
  await pin.focus();
  await pin.press('Enter');
  const sign = { name: 'Pinned: the model always sees this' };
  for (const device of [first, second])
    await expect(device.message('Worth keeping').getByRole('img', sign)).toBeVisible();
  await second.message('Worth keeping').hover();
  await second.message('Worth keeping').getByRole('button', { name: 'Unpin' }).click();
  await expect(first.message('Worth keeping').getByRole('img', sign)).toHaveCount(0);
});

test('the thread shows where the window begins, and why', async ({ browser }) => {
  const [first, second] = await twoDevices(browser, 'The oldest');
  await first.write('The middle');
  await first.write('The newest');
  await openPanel(second);
  await unfold(second.page);
  await second.page.getByRole('textbox', { name: 'Message limit' }).fill('1');
  await second.page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(first.page.getByTestId('window-edge')).toContainText('message limit');
  const out = { name: 'The model does not see this: over the message limit' };
  await expect(first.message('The oldest').getByRole('img', out)).toBeVisible();
  await expect(first.message('The newest').getByRole('img', out)).toHaveCount(0);
  await expect(second.page.getByTestId('meter')).toContainText('Left out');
});

test('a window too small for what must be in it says how much is needed', async ({ browser }) => {
  const [, second] = await twoDevices(browser, 'Too small');
  await openPanel(second);
  await unfold(second.page);
  await second.page.getByRole('textbox', { name: 'Memory limit, in tokens' }).fill('1025');
  await second.page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(second.page.getByTestId('too-small')).toContainText('there is room for 1');
});

test('of two who change the same, the later sees both and chooses; a pin is no conflict', async ({
  browser,
}) => {
  const [first, second] = await twoDevices(browser, 'Conflict');
  await openPanel(first);
  await openPanel(second);
  const instructions = { name: 'Instructions' };
  await second.page.getByRole('textbox', instructions).fill('Mine.');
  await first.page.getByRole('textbox', instructions).fill('Theirs.');
  await unfold(first.page);
  await first.page.getByLabel('Top P').fill('0.5');
  await first.page.getByRole('button', { name: 'Save', exact: true }).click();
  const conflict = second.page.getByTestId('stale');
  await expect(conflict).toContainText('On the other device: Theirs.');
  await expect(conflict).toContainText('Here: Mine.');
  await conflict.getByRole('button', { name: 'Keep mine' }).click();
  await expect(first.page.getByRole('textbox', instructions)).toHaveValue('Mine.');
  await expect(first.page.getByLabel('Top P')).toHaveValue('0.5');

  await second.page.getByRole('textbox', instructions).fill('Mine again.');
  await first.page.keyboard.press('Escape');
  await first.message('Conflict').hover();
  await first.message('Conflict').getByRole('button', { name: /^Pin/ }).click();
  await expect(second.page.getByTestId('meter')).toContainText('Pinned');
  await expect(conflict).toHaveCount(0);
  await second.page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(second.page.getByText('Saved', { exact: true })).toBeVisible();
  await expect(second.page.getByTestId('meter')).toContainText('Pinned');
});

test('what is set without a network shows as waiting, survives the panel, and is set elsewhere once it is back', async ({
  browser,
}) => {
  const [first, second] = await twoDevices(browser, 'Offline');
  await openPanel(second);
  const instructions = { name: 'Instructions' };
  await second.page.context().setOffline(true);
  await second.page.getByRole('textbox', instructions).fill('Written on a train.');
  await second.page.getByRole('button', { name: 'Save', exact: true }).click();
  const panel = second.page.getByRole('region', { name: 'This conversation' });
  await expect(panel.getByText('Waiting for the connection…')).toBeVisible();
  await second.page.keyboard.press('Escape');
  await openPanel(second);
  await expect(second.page.getByRole('textbox', instructions)).toHaveValue('Written on a train.');
  await expect(panel.getByText('Waiting for the connection…')).toBeVisible();
  await second.page.context().setOffline(false);
  await expect(panel.getByText('Waiting for the connection…')).toHaveCount(0);
  await openPanel(first);
  await expect(first.page.getByRole('textbox', instructions)).toHaveValue('Written on a train.');
});

test('beside the thread the panel stays while one pins, goes elsewhere and comes back', async ({
  browser,
}) => {
  const { device } = await Device.register(await browser.newContext());
  const panel = device.page.getByRole('region', { name: 'This conversation' });
  await device.begin('Elsewhere');
  await device.begin('Here');
  await device.page.keyboard.press('Control+.');
  await expect(panel).toBeFocused();
  await device.message('Here').hover();
  await device.message('Here').getByRole('button', { name: /^Pin/ }).click();
  await expect(panel.getByTestId('meter')).toContainText('Pinned');
  await device.conversation('Elsewhere').click();
  await expect(panel.getByTestId('meter')).not.toContainText('Pinned');
  await device.page.reload();
  await expect(panel.getByTestId('meter')).toBeVisible();
  await panel.getByRole('button', { name: 'Close' }).click();
  await device.page.reload();
  await expect(device.message('Elsewhere')).toBeVisible();
  await expect(panel).toHaveCount(0);
});

test('where the screen has no room beside, the panel stands above; turned, it keeps what is typed', async ({
  browser,
}) => {
  const { device } = await Device.register(await browser.newContext());
  const instructions = device.page.getByRole('textbox', { name: 'Instructions' });
  await device.begin('Turned');
  await openPanel(device);
  await instructions.fill('Half a thou');
  await device.page.setViewportSize({ width: 800, height: 1200 });
  await expect(instructions).toHaveValue('Half a thou');
  await instructions.press('Escape');
  await openPanel(device);
  await expect(device.page.getByRole('dialog', { name: 'This conversation' })).toBeVisible();
  await device.page.keyboard.press('Escape');
  await expect(device.page.getByRole('button', { name: 'Conversation settings' })).toBeFocused();
});

test('how creative an answer is, is set by a handle with words, and given back to the model', async ({
  browser,
}) => {
  const { device } = await Device.register(await browser.newContext());
  await device.begin('Creativity');
  await openPanel(device);
  const { page } = device;
  const handle = page.getByRole('slider', { name: 'Creativity' });
  await expect(handle).toHaveAttribute('aria-valuetext', 'Automatic');
  await handle.press('Home');
  await expect(handle).toHaveAttribute('aria-valuetext', 'Precise · 0');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  expect((await device.context()).parameters).toEqual({ temperature: 0 });
  await page.getByRole('button', { name: 'Reset' }).click();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(handle).toHaveAttribute('aria-valuetext', 'Automatic');
  await expect.poll(async () => (await device.context()).parameters).toBeNull();
});

test('saving is in sight however far the panel is scrolled', async ({ browser }) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 600 } });
  const { device } = await Device.register(context);
  await device.begin('Short screen');
  await openPanel(device);
  await unfold(device.page);
  await device.page.getByLabel('Top P').scrollIntoViewIfNeeded();
  await expect(device.page.getByRole('button', { name: 'Save', exact: true })).toBeInViewport();
  await device.page.getByRole('combobox', { name: 'When not everything fits' }).scrollIntoViewIfNeeded();
  await expect(device.page.getByRole('button', { name: 'Save', exact: true })).toBeInViewport();
});

test('the panel says in words what the model remembers, and explains its numbers', async ({ browser }) => {
  const { device } = await Device.register(await browser.newContext());
  await device.begin('Remember me');
  await openPanel(device);
  const meter = device.page.getByTestId('meter');
  await expect(meter.getByText('Everything so far fits.')).toBeVisible();
  await meter.getByText('In numbers').click();
  await expect(meter.getByText(/are kept for the answer: 8,192 in all/)).toBeVisible();
});

test('a number out of its range is refused with what it may be', async ({ browser }) => {
  const { device } = await Device.register(await browser.newContext());
  await device.begin('Ranges');
  await openPanel(device);
  await unfold(device.page);
  await device.page.getByLabel('Top P').fill('3');
  await device.page.getByRole('button', { name: 'Advanced' }).click();
  await device.page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(device.page.getByText('From 0 to 1.')).toBeVisible();
  await expect(device.page.getByText(/No model is set up/)).toBeVisible();
});

testOnServer.describe('where somebody answers', () => {
  testOnServer.use({ answers: true });

  testOnServer(
    'the model is chosen from those that answer, with how much each reads',
    async ({ browser }) => {
      const { device } = await Device.register(await browser.newContext());
      await device.begin('Models');
      await openPanel(device);
      await device.page
        .getByRole('textbox', { name: 'Model' })
        .or(device.page.getByRole('combobox', { name: 'Model' }))
        .click();
      await expect(device.page.getByRole('option', { name: 'talker (default)', exact: true })).toBeVisible();
      await expect(device.page.getByRole('option')).toHaveCount(2);
      await device.page.getByRole('option', { name: 'gpt-4.1 · long memory (1M)' }).click();
      await device.page.getByRole('button', { name: 'Save', exact: true }).click();
      await expect(device.page.getByText('Saved', { exact: true })).toBeVisible();
      await unfold(device.page);
      await device.page.getByLabel('Memory limit, in tokens').fill('2000000');
      await expect(device.page.getByText(/^gpt-4.1 reads 1,047,576 tokens, so it may refuse/)).toBeVisible();
    },
  );
});
