// Draws the icons of the installed app from the sign of app/public/favicon.svg into app/public.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import bundled from '@sparticuz/chromium';

const folder = new URL('../app/public/', import.meta.url);
/** A system cuts its own shape out of what is filled to the edge: the sign then stays within the inner 80 %. */
const ICONS = [
  { name: 'icon-192.png', size: 192, isFilled: false },
  { name: 'icon-512.png', size: 512, isFilled: false },
  { name: 'icon-maskable-512.png', size: 512, isFilled: true },
  { name: 'apple-touch-icon.png', size: 180, isFilled: true },
];

const sign = await readFile(new URL('favicon.svg', folder), 'utf8');
const filled = sign.replace(/ rx="[^"]*"/, '');
const browser = await chromium.launch({
  executablePath: await bundled.executablePath(),
  args: ['--no-sandbox', '--headless', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});
try {
  for (const { name, size, isFilled } of ICONS) {
    const page = await browser.newPage({ viewport: { width: size, height: size } });
    await page.setContent(`<style>body{margin:0}svg{display:block}</style>${isFilled ? filled : sign}`);
    await page.screenshot({ path: fileURLToPath(new URL(name, folder)), omitBackground: true });
    await page.close();
  }
} finally {
  await browser.close();
}
