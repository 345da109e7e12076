// Prints, as JSON, when a cold browser first paints the page at the URL given, over a slow network, in milliseconds.
import { chromium } from '@playwright/test';
import bundled from '@sparticuz/chromium';

/** What the page has to be fast on: 9 Mbit/s each way, 170 ms a round trip. */
const NETWORK = { offline: false, latency: 170, downloadThroughput: 9e6 / 8, uploadThroughput: 9e6 / 8 };

const [, , url] = process.argv;
const browser = await chromium.launch({
  executablePath: await bundled.executablePath(),
  args: ['--no-sandbox', '--headless', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});
try {
  const page = await browser.newPage();
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Network.enable');
  await devtools.send('Network.emulateNetworkConditions', NETWORK);
  let bytes = 0;
  devtools.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
  await page.goto(url, { waitUntil: 'commit' });
  const paint = await page.evaluate(firstPaint);
  console.log(JSON.stringify({ paint, bytes }));
} finally {
  await browser.close();
}

/** Runs in the page. */
function firstPaint() {
  return new Promise((resolve) => {
    new PerformanceObserver((list) => {
      for (const { name, startTime } of list.getEntries())
        if (name === 'first-contentful-paint') resolve(startTime);
    }).observe({ type: 'paint', buffered: true });
  });
}
