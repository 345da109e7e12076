import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { Device } from './device.js';

const LOOKS = [
  { colorScheme: 'light', locale: 'en-US' },
  { colorScheme: 'dark', locale: 'en-US' },
] as const;

async function expectNoViolation(page: Page): Promise<void> {
  // What is still fading in has no contrast of its own yet.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
}

for (const look of LOOKS) {
  test(`no screen breaks a rule of accessibility, ${look.colorScheme}`, async ({ browser }) => {
    const { device } = await Device.register(await browser.newContext(look));
    await expectNoViolation(device.page);
    await device.begin('Layout');
    await device.write(
      '# Heading\n\n`code`, **bold** and [a link](https://example.org)\n\n```js\nlet a = 1;\n```',
    );
    await expect(device.page.locator('.hljs-keyword')).toBeVisible();
    await expectNoViolation(device.page);
    await device.signOut();
    await expect(device.page.getByRole('heading', { name: 'Welcome back' })).toBeVisible();
    await expectNoViolation(device.page);
  });
}
