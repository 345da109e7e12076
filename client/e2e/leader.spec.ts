import { expect, test, type Page } from '@playwright/test';
import type { Device } from './device.js';
import { expectAgreement } from './expectations.js';
import { threeDevices } from './threeDevices.js';

// Only what is near the screen stands in the page.
test.use({ viewport: { width: 1280, height: 2400 } });

const NUMBERS = [1, 2, 3, 4, 5];

test('when the tab that has the socket is closed, the other one goes on, and nothing is lost or doubled', async ({
  browser,
}) => {
  const { first: leader, second, other } = await threeDevices(browser, 'Two tabs, one socket');
  const sockets = socketsOf(second.page);
  await second.write('before');
  await expect(other.message('before')).toBeVisible();
  expect(sockets).toHaveLength(0);

  // The tab that is closed was sending what the other one wrote, and telling it what came.
  const theirs = writeAll(other, 'theirs');
  const mine = writeAll(second, 'mine');
  await expect(second.message('theirs 2')).toBeVisible();
  await leader.page.close();
  await Promise.all([theirs, mine]);
  await expect(second.contents).toHaveCount(2 + 2 * NUMBERS.length);
  await expectAgreement([second, other]);
  expect(sockets).toHaveLength(1);
  for (const whose of ['mine', 'theirs']) {
    const texts = await second.contents.filter({ hasText: whose }).allInnerTexts();
    expect(texts).toEqual(NUMBERS.map((number) => `${whose} ${number}`));
  }
});

async function writeAll(device: Device, whose: string): Promise<void> {
  for (const number of NUMBERS) await device.write(`${whose} ${number}`);
}

/** The sockets that a page opens from now on. */
function socketsOf(page: Page): string[] {
  const opened: string[] = [];
  page.on('websocket', (socket) => opened.push(socket.url()));
  return opened;
}
