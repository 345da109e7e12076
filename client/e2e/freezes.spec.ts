import { expect, test, type Page } from '@playwright/test';
import { Device } from './device.js';
import { CODE_AND_FORMULAS, LONG_RUNS, LONG_TEXTS } from './freezes.js';

/**
 * Milliseconds. Promised are 200 where nothing else is at work (LONGEST_FREEZE=200); here other tests are. Without bounds
 * these texts took from ten seconds to more than a minute.
 */
const LONGEST = Number(process.env['LONGEST_FREEZE'] ?? 1500);

// One after the other: two at a time would measure each other.
test.describe.configure({ mode: 'default' });

/** From here on the page notes the longest time in which it did nothing else. */
async function watch(page: Page): Promise<void> {
  await page.evaluate(() => {
    const watched = window as unknown as { longest: number };
    watched.longest = 0;
    const { port1, port2 } = new MessageChannel();
    let last = performance.now();
    port1.onmessage = () => {
      const now = performance.now();
      watched.longest = Math.max(watched.longest, now - last);
      last = now;
      setTimeout(() => {
        port2.postMessage(null);
      });
    };
    port2.postMessage(null);
  });
}

/** How long the page stood still at most, since this was asked last. */
async function longest(page: Page): Promise<number> {
  return page.evaluate(() => {
    const watched = window as unknown as { longest: number };
    const { longest } = watched;
    watched.longest = 0;
    return longest;
  });
}

/** Writes it as another program would, and waits until it stands there as it is going to stay. */
async function freeze(device: Device, content: string): Promise<number> {
  const conversation_id = device.page.url().split('/c/')[1];
  await longest(device.page);
  const { id } = await device.post('/messages', { conversation_id, role: 'user', content });
  const message = device.page.locator(`article[data-message="${id}"]`);
  await expect(message.locator('.plainText, .markdown').first()).toBeAttached({ timeout: 30_000 });
  await expect(message.locator('[aria-busy=true]')).toHaveCount(0);
  const measured = await longest(device.page);
  await device.ask('DELETE', `/messages/${id}`);
  await expect(message).toHaveCount(0);
  return measured;
}

/** The median of three; what is short at first is not measured again. */
async function medianFreeze(device: Device, content: string): Promise<number> {
  const first = await freeze(device, content);
  if (first <= LONGEST) return first;
  const all = [first, await freeze(device, content), await freeze(device, content)];
  return all.sort((a, b) => a - b)[1] ?? first;
}

const GROUPS = {
  'a run of one mark': LONG_RUNS,
  'long code, or a long formula': CODE_AND_FORMULAS,
  'a long text': LONG_TEXTS,
};

for (const [what, texts] of Object.entries(GROUPS))
  test(`no message with ${what} makes the page stand still`, async ({ browser }) => {
    const context = await browser.newContext();
    const { device } = await Device.register(context);
    await device.begin('Freezes');
    const { pathname } = new URL(device.page.url());
    await device.page.close();
    for (const [name, text] of texts) {
      // In a tab of its own: what others have thrown away is collected in that time too.
      const tab = await Device.open(context, pathname);
      await watch(tab.page);
      expect.soft(await medianFreeze(tab, text), name).toBeLessThan(LONGEST);
      await tab.page.close();
    }
  });
