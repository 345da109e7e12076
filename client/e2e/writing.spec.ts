import { devices, expect, test, type Locator } from '@playwright/test';
import { Device } from './device.js';

test('a draft is there in the other tabs, and after a reload, until it is sent', async ({ browser }) => {
  const context = await browser.newContext();
  const { device: first } = await Device.register(context);
  await first.begin('Drafts');
  const second = await Device.open(context, new URL(first.page.url()).pathname);
  await first.composer.fill('half a thought');
  await expect(second.composer).toHaveValue('half a thought');
  await second.page.reload();
  await expect(second.composer).toHaveValue('half a thought');
  await second.composer.press('Enter');
  await expect(first.message('half a thought')).toBeVisible();
  await expect(first.composer).toHaveValue('');
});

test('the list shows those whose title has what one types', async ({ browser }) => {
  const { device } = await Device.register(await browser.newContext());
  await device.begin('A trip to Rome');
  await device.begin('Songs of autumn');
  const search = device.page.getByRole('searchbox', { name: 'Search titles' });
  await search.fill('rome');
  await expect(device.conversation('Songs of autumn')).toHaveCount(0);
  await expect(device.conversation('A trip to Rome')).toBeVisible();
  await search.press('Escape');
  await expect(device.conversation('Songs of autumn')).toBeVisible();
});

test('an answer grows on every device, and any of them stops it', async ({ browser }) => {
  const { device: first, account } = await Device.register(await browser.newContext());
  await first.begin('A question');
  const second = await Device.signIn(await browser.newContext(), account);
  await second.openConversation('A question');
  const answer = await first.openAnswer();
  await answer.append('The answer ');
  for (const device of [first, second]) {
    await expect(device.message('The answer').getByTestId('content')).toHaveAttribute('aria-busy', 'true');
  }
  await answer.append('is **long**');
  await expect(second.message('The answer is long')).toBeVisible();
  await second.page.getByRole('button', { name: 'Stop the answer' }).click();
  for (const device of [first, second]) {
    await expect(device.message('The answer is long')).toContainText('Stopped by you');
    await expect(device.message('The answer').getByTestId('content')).toHaveAttribute('aria-busy', 'false');
  }
  await expect(
    second.page.getByRole('status').filter({ hasText: 'Answer: The answer is **long**' }),
  ).toHaveCount(1);
});

/** A key as an input method takes it: Safari sends Enter behind the composition's end, macOS Escape within one. */
async function compose(field: Locator, key: 'Enter' | 'Escape'): Promise<void> {
  const how = key === 'Enter' ? { isComposing: false, keyCode: 229 } : { isComposing: true, keyCode: 27 };
  await field.dispatchEvent('keydown', { key, ...how, bubbles: true, cancelable: true });
}

test('what chooses a word of an input method neither sends, saves, stops nor closes', async ({ browser }) => {
  const { device } = await Device.register(await browser.newContext());
  const { page, composer, titleField } = device;
  await device.begin('Words');
  const answer = await device.openAnswer();
  await answer.append('Growing');
  await composer.fill('にほん');
  await compose(composer, 'Enter');
  await compose(composer, 'Escape');
  await expect(composer).toHaveValue('にほん');
  await answer.append(' on');
  await expect(device.message('Growing on')).toContainText('Writing…');
  await answer.finish();

  await device.message('Words').getByRole('button', { name: 'Edit message' }).click();
  const editor = page.getByRole('textbox', { name: 'Edit the message' });
  const search = page.getByRole('searchbox');
  for (const field of [editor, search]) {
    await field.fill('にほん');
    await compose(field, 'Enter');
    await compose(field, 'Escape');
    await expect(field).toHaveValue('にほん');
  }
  await search.fill('');
  await page.keyboard.press('F2');
  await titleField.fill('にほん');
  await compose(titleField, 'Enter');
  await compose(titleField, 'Escape');
  await expect(titleField).toHaveValue('にほん');
});

test('on a phone Enter begins a line, in the editor too, and the button sends', async ({ browser }) => {
  const { device, account } = await Device.register(await browser.newContext());
  await device.begin('On a phone');
  const phone = await Device.signIn(await browser.newContext(devices['Pixel 7']), account);
  await phone.page.goto(device.page.url());
  await phone.composer.pressSequentially('first line');
  await phone.composer.press('Enter');
  await phone.composer.pressSequentially('second line');
  await expect(phone.composer).toHaveAttribute('enterkeyhint', 'enter');
  await phone.page.getByRole('button', { name: 'Send' }).click();
  await expect(device.message('first line')).toBeVisible();
  expect((await device.history()).at(-1)?.content).toBe('first line\nsecond line');

  await phone.message('On a phone').getByRole('button', { name: 'Edit message' }).click();
  const editor = phone.page.getByRole('textbox', { name: 'Edit the message' });
  await editor.press('Enter');
  await editor.pressSequentially('again');
  await phone.page.getByRole('button', { name: 'Save' }).click();
  await expect(device.message('again')).toBeVisible();
  expect((await device.history())[0]?.content).toBe('On a phone\nagain');
});

test('a draft that the browser has no room for is said to be lost with the page', async ({ browser }) => {
  const { device } = await Device.register(await browser.newContext());
  const { page, composer } = device;
  await page.evaluate(() => {
    for (let size = 4_000_000; size >= 1; size = Math.floor(size / 2))
      try {
        for (;;) localStorage.setItem(`filled.${localStorage.length}`, 'x'.repeat(size));
      } catch {
        continue;
      }
  });
  await composer.fill('a word');
  await expect(page.getByText('This browser has no room left for this draft.')).toBeVisible();
  await page.evaluate(() => {
    for (const key of Object.keys(localStorage)) if (key.startsWith('filled.')) localStorage.removeItem(key);
  });
  await composer.fill('a word more');
  await expect(page.getByText('This browser has no room left for this draft.')).toHaveCount(0);
  await page.reload();
  await expect(composer).toHaveValue('a word more');
});

test('a text that is too long to be sent is not sent, and said to be', async ({ browser }) => {
  const { device } = await Device.register(await browser.newContext());
  const { page, composer } = device;
  await composer.fill('x'.repeat(1_000_001));
  await expect(page.getByText('a message has at most 1,000,000 characters')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Send' })).toBeDisabled();
  await composer.fill('x');
  await expect(page.getByRole('button', { name: 'Send' })).toBeEnabled();
});
