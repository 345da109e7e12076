import { expect, test } from '@playwright/test';
import { Device } from './device.js';
import { expectAgreement } from './expectations.js';
import { ANSWER } from './model.js';
import { test as testOnServer } from './server.js';
import { threeDevices } from './threeDevices.js';

// Only what is near the screen stands in the page.
const TALL = { width: 1280, height: 2400 };
test.use({ viewport: TALL });

test('after a reload in the middle of an answer its text goes on from where it was', async ({ browser }) => {
  const { first, second, other, all } = await threeDevices(browser, 'Count');
  const answer = await first.openAnswer();
  await answer.append('one ');
  for (const device of all) await expect(device.answer(1).getByTestId('content')).toHaveText('one');
  await answer.append('two ');
  await Promise.all([second.page.reload(), other.page.reload(), answer.append('three ')]);
  for (const device of all) {
    await expect(device.answer(1).getByTestId('content')).toHaveText('one two three');
    await expect(device.answer(1)).toContainText('Writing…');
  }
  await first.page.reload();
  await answer.append('four');
  for (const device of all)
    await expect(device.answer(1).getByTestId('content')).toHaveText('one two three four');
  await answer.finish();
  for (const device of all) await expect(device.answer(1)).not.toContainText('Writing…');
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
  testOnServer.use({ answers: true, viewport: TALL });

  testOnServer(
    'an answer is stopped from another tab and another browser, and asked for again',
    async ({ browser, server }) => {
      const { first, second, other, all } = await threeDevices(browser, 'Hello');
      for (const device of all) await expect(device.answer(1)).toContainText(ANSWER);
      server.model.talksOn = true;
      await first.write('What is new?');
      for (const device of all) await expect(device.answer(2)).toContainText('on and on');
      await second.composer.fill('What I ask next');
      await second.stop();
      await expect(second.composer).toHaveValue('What I ask next');
      await second.composer.fill('');
      for (const device of all) await expect(device.answer(2)).toContainText('Stopped by you');
      await expectAgreement(all);

      await first.askAgain(first.answer(2));
      for (const device of all) await expect(device.answer(3)).toContainText('on and on');
      await other.stop();
      for (const device of all) await expect(device.answer(3)).toContainText('Stopped by you');

      server.model.talksOn = false;
      await other.askAgain(other.answer(3));
      for (const device of all) await expect(device.answer(4)).toContainText(ANSWER);
      await expectAgreement(all);
    },
  );
});
