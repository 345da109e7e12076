// Prints, as JSON, how the app stands being scrolled from the end of a conversation to its beginning, as fast as its
// pages come: the frames, in milliseconds, and the memory of its scripts at the start, in the middle and at the end.
import { chromium } from '@playwright/test';
import bundled from '@sparticuz/chromium';

/** Where it is, a sign-in as the app keeps it, the conversation, and how many messages it has: `No. 1:` and so on. */
const [, , url, tokens, conversation, total] = process.argv;
const browser = await chromium.launch({
  executablePath: await bundled.executablePath(),
  args: ['--no-sandbox', '--headless', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});
try {
  const page = await browser.newPage();
  const devtools = await page.context().newCDPSession(page);
  await page.addInitScript((kept) => localStorage.setItem('bitworks.tokens', kept), tokens);
  await page.goto(`${url}/c/${conversation}`);
  await page.getByText(`No. ${total}:`).waitFor();
  await page.evaluate(watchFrames);
  const start = await heap(devtools);
  const half = await page.evaluate(scrollUpTo, Math.ceil(total / 2));
  const middle = await heap(devtools);
  const rest = await page.evaluate(scrollUpTo, 1);
  const end = await heap(devtools);
  const { longest, over } = await page.evaluate(() => globalThis.longFrames);
  console.log(JSON.stringify({ frames: half + rest, longest, over, start, middle, end }));
} finally {
  await browser.close();
}

/** Bytes in use when all garbage is gone. */
async function heap(devtools) {
  await devtools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devtools.send('Runtime.getHeapUsage');
  return usedSize;
}

/** Runs in the page. What takes less than 50 ms is not told of. */
function watchFrames() {
  const seen = (globalThis.longFrames = { longest: 0, over: 0 });
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      seen.longest = Math.max(seen.longest, duration);
      if (duration > 100) seen.over++;
    }
  }).observe({ type: 'long-animation-frame' });
}

/** Runs in the page: a screen in each frame, until a message is there. Answers how many frames it took. */
function scrollUpTo(number) {
  const thread = globalThis.document.querySelector('.thread');
  return new Promise((resolve) => {
    let frames = 0;
    const step = () => {
      frames++;
      const first = thread.querySelector('article [data-testid=content]').textContent;
      if (Number(/No\. (\d+):/.exec(first)[1]) <= number) {
        resolve(frames);
        return;
      }
      thread.scrollTop -= thread.clientHeight;
      globalThis.requestAnimationFrame(step);
    };
    globalThis.requestAnimationFrame(step);
  });
}
