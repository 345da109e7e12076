import { expect, test } from '@playwright/test';
import { Device } from './device.js';

// A server with a producer: the others of these tests have nobody who answers.
test.use({ baseURL: process.env['BITWORKS_ANSWERING_URL'] ?? 'http://localhost:8000' });

test('a question is answered on every device, goes on over a reload, and can be asked again', async ({
  browser,
  baseURL,
}) => {
  const settings = baseURL === undefined ? {} : { baseURL };
  const { device: first, account } = await Device.register(await browser.newContext(settings));
  await first.begin('What is new?');
  const second = await Device.signIn(await browser.newContext(settings), account);
  await second.openConversation('What is new?');
  const begun = 'This is the demonstration producer';
  await expect(first.message(begun)).toBeVisible();
  await first.page.reload();
  for (const device of [first, second]) {
    const content = device.message(begun).getByTestId('content');
    await expect(content).toContainText('shows both.', { timeout: 20_000 });
    await expect(content).toHaveAttribute('aria-busy', 'false');
  }
  await first.message(begun).hover();
  await first.message(begun).getByRole('button', { name: 'Ask again' }).click();
  await expect(second.message(begun)).toHaveCount(2);
  await second.page.getByRole('button', { name: 'Stop the answer' }).click();
  await expect(first.message(begun).last()).toContainText('stopped');
});
