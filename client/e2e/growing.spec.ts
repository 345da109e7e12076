import { expect, test } from '@playwright/test';
import { Device } from './device.js';
import { expectAgreement } from './expectations.js';
import { threeDevices } from './threeDevices.js';

// Only what is near the screen stands in the page.
test.use({ viewport: { width: 1280, height: 2400 } });

test('after a reload in the middle of an answer its text goes on from where it was', async ({ browser }) => {
  const { first, second, other, all } = await threeDevices(browser, 'Count');
  const answer = await first.openAnswer();
  await answer.append('one ');
  for (const device of all) await expect(device.answer(1).getByTestId('content')).toHaveText('one');
  await answer.append('two ');
  await Promise.all([second.page.reload(), other.page.reload(), answer.append('three ')]);
  for (const device of all) {
    await expect(device.answer(1).getByTestId('content')).toHaveText('one two three');
    await expect(device.answer(1)).toContainText('being written');
  }
  await first.page.reload();
  await answer.append('four');
  for (const device of all)
    await expect(device.answer(1).getByTestId('content')).toHaveText('one two three four');
  await answer.finish();
  for (const device of all) await expect(device.answer(1)).not.toContainText('being written');
  await expectAgreement(all);
});

test('a tab that is opened in the middle of an answer has all of it', async ({ browser }) => {
  const { first, home } = await threeDevices(browser, 'Count');
  const answer = await first.openAnswer();
  await answer.append('one ');
  const late = await Device.open(home, new URL(first.page.url()).pathname);
  await expect(late.answer(1).getByTestId('content')).toHaveText('one');
  await answer.append('two');
  for (const tab of [first, late]) await expect(tab.answer(1).getByTestId('content')).toHaveText('one two');
});

test.describe('where somebody answers', () => {
  test.use({ baseURL: process.env['BITWORKS_ANSWERING_URL'] ?? 'http://localhost:8000' });

  test('an answer is stopped from the other tab and from the other browser, and asked for again', async ({
    browser,
  }) => {
    const { first, second, other, all } = await threeDevices(browser, 'Hello');
    for (const device of all) await expect(device.answer(1)).toContainText('shows both.');
    await first.write('What is new?');
    for (const device of all) await expect(device.answer(2)).toContainText('This is the demonstration');
    await second.stop();
    for (const device of all) await expect(device.answer(2)).toContainText('stopped');
    await expectAgreement(all);

    await first.askAgain(first.answer(2));
    for (const device of all) await expect(device.answer(3)).toContainText('This is the demonstration');
    await other.stop();
    for (const device of all) await expect(device.answer(3)).toContainText('stopped');

    await other.askAgain(other.answer(3));
    for (const device of all) await expect(device.answer(4)).toContainText('shows both.');
    await expectAgreement(all);
  });
});
