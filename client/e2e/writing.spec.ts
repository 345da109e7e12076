import { expect, test } from '@playwright/test';
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
