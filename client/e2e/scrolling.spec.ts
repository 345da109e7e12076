import { expect, test, type Browser, type Page } from '@playwright/test';
import { Device } from './device.js';

/** More than the page holds of one conversation. */
const COUNT = 800;

test('a long conversation is read to its beginning and back without a hole, and is live at its end', async ({
  browser,
}) => {
  const [reader, writer] = await longConversation(browser);
  const asked = requestsOf(reader.page);
  expect(await numbersSeen(reader.page, 'up', 1)).toEqual(COUNT);
  // Pages come over the socket, and no message asks for anything of its own.
  expect(asked).toEqual([]);
  await writer.write('Meanwhile');
  expect(await numbersSeen(reader.page, 'down', COUNT)).toEqual(COUNT);
  // The last number may have come into the page somewhat below what is seen.
  await reader.page.getByRole('log').hover();
  await expect(async () => {
    await reader.page.mouse.wheel(0, 2000);
    await expect(reader.message('Meanwhile')).toBeInViewport({ timeout: 500 });
  }).toPass();
  await writer.write('And live again');
  await expect(reader.message('And live again')).toBeVisible();
});

test('whoever reads far up comes to the newest message by a button, and by writing', async ({ browser }) => {
  const [reader, writer] = await longConversation(browser);
  await numbersSeen(reader.page, 'up', 1);
  await writer.write('Meanwhile');
  await reader.page.getByRole('button', { name: 'Jump to the latest message' }).click();
  await expect(reader.message('Meanwhile')).toBeInViewport();

  await numbersSeen(reader.page, 'up', 1);
  await reader.write('From far up');
  for (const device of [reader, writer]) await expect(device.message('From far up')).toBeInViewport();
  await expect(reader.message('Meanwhile')).toBeInViewport();
});

/** Two browsers that look at the end of it. */
async function longConversation(browser: Browser): Promise<[Device, Device]> {
  const { device: reader, account } = await Device.register(await browser.newContext());
  await reader.begin('No. 1: some words');
  await reader.fill(Array.from({ length: COUNT - 1 }, (_, at) => `No. ${at + 2}: some words`));
  const writer = await Device.signIn(await browser.newContext(), account);
  await writer.openConversation('No. 1: some words');
  for (const device of [reader, writer]) await expect(device.message(`No. ${COUNT}:`)).toBeInViewport();
  return [reader, writer];
}

/** What a page asks the server for from now on. */
function requestsOf(page: Page): string[] {
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  return asked;
}

/** Scrolls half a screen in each frame until a message is there, and tells how many different ones were seen. */
function numbersSeen(page: Page, way: 'up' | 'down', until: number): Promise<number> {
  return page.evaluate(
    ([way, until]) => {
      const thread = document.querySelector('.thread');
      const seen = new Set<number>();
      return new Promise<number>((resolve) => {
        const step = () => {
          for (const one of document.querySelectorAll('article [data-testid=content]'))
            seen.add(Number(/No\. (\d+):/.exec(one.textContent)?.[1] ?? until));
          if (seen.has(until) && seen.size > 1) resolve(seen.size);
          else {
            thread?.scrollBy({ top: (way === 'up' ? -0.5 : 0.5) * thread.clientHeight });
            requestAnimationFrame(step);
          }
        };
        requestAnimationFrame(step);
      });
    },
    [way, until] as const,
  );
}
