import { expect } from '@playwright/test';
import { expectAgreement, expectWaiting } from './expectations.js';
import { ANSWER } from './model.js';
import { test } from './server.js';
import { threeDevices } from './threeDevices.js';

test('a server killed while messages wait loses none of them and doubles none', async ({
  browser,
  server,
}) => {
  const { first, second, other, all } = await threeDevices(browser, 'Before');
  await first.write('on its way when the server died');
  await server.kill();
  for (const device of all) await expect(device.connection).not.toHaveAttribute('data-status', 'live');
  await first.write('queued in the first tab');
  await second.write('queued in the second tab');
  await other.write('queued in the other browser');
  for (const tab of [first, second]) await expectWaiting(tab.message('queued in the second tab'));
  await expectWaiting(other.message('queued in the other browser'));

  await server.start();
  await expect(first.contents).toHaveCount(5);
  await expectAgreement(all);
  const held = (await first.history()).map(({ content }) => content);
  expect(held.filter((text) => text !== 'queued in the other browser')).toEqual([
    'Before',
    'on its way when the server died',
    'queued in the first tab',
    'queued in the second tab',
  ]);
});

test.describe('where somebody answers', () => {
  test.use({ answers: true });
  // A worker is given up for dead after 20 s; then its answer is interrupted.
  const interrupted = { timeout: 60_000 };

  test('an answer cut off by the end of its server says so everywhere, and can be asked for again', async ({
    browser,
    server,
  }) => {
    const { first, other, all } = await threeDevices(browser, 'Hello');
    for (const device of all) await expect(device.answer(1)).toContainText(ANSWER);
    server.model.talksOn = true;
    await first.write('What is new?');
    for (const device of all) await expect(device.answer(2)).toContainText('on and on');
    const shown = await Promise.all(all.map((device) => device.answer(2).getByTestId('content').innerText()));
    await server.kill();
    for (const device of all) await expect(device.connection).not.toHaveAttribute('data-status', 'live');

    server.model.talksOn = false;
    await server.start();
    for (const device of all) await expect(device.answer(2)).toContainText('Interrupted', interrupted);
    for (const [place, device] of all.entries())
      await expect(device.answer(2)).toContainText(shown[place] ?? '');
    await expectAgreement(all);

    await other.askAgain(other.answer(2));
    for (const device of all) await expect(device.answer(3)).toContainText(ANSWER);
    for (const device of all) await expect(device.answer(2)).toContainText('Interrupted');
    await expectAgreement(all);
  });
});
