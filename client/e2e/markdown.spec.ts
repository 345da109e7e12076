import { expect, test } from '@playwright/test';
import { Device } from './device.js';

const LAID_OUT = [
  '# A heading',
  '',
  'Some **bold** words and `code`.',
  '',
  '| a | b |',
  '| - | - |',
  '| 1 | 2 |',
  '',
  '```python',
  'def double(x):',
  '    return 2 * x',
  '```',
  '',
  'And $e^{i\\pi} = -1$.',
].join('\n');

test('a message is laid out: headings, tables, code in colours to copy, mathematics', async ({ browser }) => {
  const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
  const { device } = await Device.register(context);
  await device.begin('Layout');
  await device.write(LAID_OUT);
  const message = device.page.getByRole('article').last();
  await expect(message.getByRole('heading', { name: 'A heading' })).toBeVisible();
  await expect(message.getByRole('cell')).toHaveText(['1', '2']);
  await expect(message.locator('.hljs-keyword').first()).toHaveText('def');
  await expect(message.locator('.katex')).toBeVisible();
  await message.getByRole('button', { name: 'Copy code' }).click();
  const copied = () => device.page.evaluate(() => navigator.clipboard.readText());
  await expect.poll(copied).toBe('def double(x):\n    return 2 * x');
});

const ATTACKS = [
  '<script>window.hacked = 1</script>',
  '<img src="http://tracker.example/a.png" onerror="window.hacked = 2">',
  '[press](javascript:window.hacked=3)',
  '[page](https://elsewhere.example/)',
  '![a picture](http://tracker.example/b.png)',
  '<iframe src="http://tracker.example/c"></iframe>',
  '$$\\href{javascript:window.hacked=4}{x}$$',
  '<style>body { display: none }</style>',
].join('\n\n');

test('scripts, links and images in a message do nothing that was not asked for', async ({ browser }) => {
  const { device } = await Device.register(await browser.newContext());
  const asked: string[] = [];
  device.page.on('request', (request) => {
    if (request.url().includes('.example')) asked.push(request.url());
  });
  await device.begin('Attacks');
  await device.write(ATTACKS);
  const message = device.page.getByRole('article').last();
  await expect(message).toContainText('<script>window.hacked = 1</script>');
  const page = message.getByRole('link', { name: 'page' });
  await expect(page).toHaveAttribute('rel', 'noopener noreferrer nofollow');
  await expect(message.getByRole('link', { name: 'Image: a picture' })).toBeVisible();
  await expect(message.getByRole('link')).toHaveCount(2);
  await expect(message.locator('img, iframe, script, style')).toHaveCount(0);
  await message.getByText('press').click();
  expect(await device.page.evaluate(() => 'hacked' in window)).toBe(false);
  expect(asked).toEqual([]);
});

test('what cannot be laid out, or would take too long, is shown as it came, and all else as ever', async ({
  browser,
}) => {
  const { device } = await Device.register(await browser.newContext());
  await device.begin('To be read');
  const [deep, long] = [`${'> '.repeat(5_000)}deep`, `# Long\n${'word '.repeat(25_000)}end`];
  await device.fill(['# Laid out', deep, long]);
  await expect(device.message('Long').getByTestId('content')).toHaveText(/^# Long/);
  await device.page.getByRole('region', { name: 'Messages' }).press('Home');
  await expect(device.message('deep').getByTestId('content')).toHaveText(/^(> )+deep$/);
  await expect(device.message('Laid out').getByRole('heading')).toBeVisible();
});
