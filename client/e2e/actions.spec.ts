import { expect, test, type Locator } from '@playwright/test';
import { Device } from './device.js';

test('what can be done with a message says its words when it is pointed at, and has them without', async ({
  browser,
}) => {
  const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
  const { device } = await Device.register(context);
  await device.begin('To be copied');
  const message = device.message('To be copied');
  await message.hover();
  for (const name of ['Edit message', 'Delete message', 'Copy message']) {
    const button = message.getByRole('button', { name });
    await button.hover();
    const words = device.page.getByRole('tooltip').filter({ hasText: name });
    await expect(words).toBeVisible();
    await expect
      .poll(async () => distance(await words.boundingBox(), await button.boundingBox()))
      .toBeLessThan(60);
  }
  await message.getByRole('button', { name: 'Copy message' }).click();
  await expect(message.getByRole('button', { name: 'Copied' })).toBeVisible();
  const copied = () => device.page.evaluate(() => navigator.clipboard.readText());
  await expect.poll(copied).toBe('To be copied');
});

type Box = Awaited<ReturnType<Locator['boundingBox']>>;

/** Pixels between two centres. */
function distance(one: Box, other: Box): number {
  if (!one || !other) return Infinity;
  const across = one.x + one.width / 2 - (other.x + other.width / 2);
  return Math.hypot(across, one.y + one.height / 2 - (other.y + other.height / 2));
}
