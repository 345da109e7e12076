import { expect } from '@playwright/test';
import { Device } from './device.js';
import { ANSWER } from './model.js';
import { test } from './server.js';

test.use({ answers: true });

test('a question is answered on every device, goes on over a reload, and can be asked again', async ({
  browser,
  server,
}) => {
  server.model.talksOn = true;
  const { device: first, account } = await Device.register(await browser.newContext());
  await first.begin('What is new?');
  const second = await Device.signIn(await browser.newContext(), account);
  await second.openConversation('What is new?');
  await expect(first.answer(1)).toContainText('on and on');
  await first.page.reload();
  for (const device of [first, second]) await expect(device.answer(1)).toContainText('Writing…');
  server.model.talksOn = false;
  for (const device of [first, second]) {
    const content = device.answer(1).getByTestId('content');
    await expect(content).toContainText(ANSWER);
    await expect(content).toHaveAttribute('aria-busy', 'false');
  }
  server.model.talksOn = true;
  await first.askAgain(first.answer(1));
  await expect(second.answer(2)).toContainText('on and on');
  await second.stop();
  await expect(first.answer(2)).toContainText('Stopped by you');
});
