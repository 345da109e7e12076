import { expect, test } from '@playwright/test';
import { expectAgreement, expectWaiting } from './expectations.js';
import { threeDevices } from './threeDevices.js';

// Only what is near the screen stands in the page.
test.use({ viewport: { width: 1280, height: 2400 } });

test('what two tabs wrote offline comes after what came meanwhile, in order and once', async ({
  browser,
}) => {
  const { first, second, other, all, home } = await threeDevices(browser, 'Hello');
  await home.setOffline(true);
  for (const tab of [first, second]) await expect(tab.connection).toHaveAttribute('data-status', 'offline');
  await first.write('offline 1');
  await expect(second.message('offline 1')).toBeVisible();
  await second.write('offline 2');
  await expect(first.message('offline 2')).toBeVisible();
  await first.write('offline 3');
  for (const tab of [first, second])
    for (const number of [1, 2, 3]) await expectWaiting(tab.message(`offline ${number}`));
  await other.write('meanwhile 1');
  await other.write('meanwhile 2');
  await expect(other.message('meanwhile 2')).not.toHaveAttribute('data-pending');
  await expect(first.message('meanwhile')).toHaveCount(0);

  await home.setOffline(false);
  const texts = ['Hello', 'meanwhile 1', 'meanwhile 2', 'offline 1', 'offline 2', 'offline 3'];
  for (const device of all) await expect(device.contents).toHaveText(texts);
  await expectAgreement(all);
});

test('a conversation begun offline, edited and deleted from in both tabs, is right when they are back', async ({
  browser,
}) => {
  const { first, second, other, all, home } = await threeDevices(browser, 'Hello');
  await home.setOffline(true);
  await expect(first.connection).toHaveAttribute('data-status', 'offline');
  await first.page.getByRole('button', { name: 'New conversation' }).click();
  await first.write('Begun offline');
  await expectWaiting(first.message('Begun offline'));
  await second.openConversation('Begun offline');
  await second.write('A slip');
  await first.editMessage('A slip', 'Put right');
  await expect(second.message('Put right')).toBeVisible();
  await second.deleteMessage('Begun offline');
  await expect(first.contents).toHaveText(['Put right']);
  await expect(other.conversation('Begun offline')).toHaveCount(0);

  await home.setOffline(false);
  await other.openConversation('Begun offline');
  for (const device of all) await expect(device.contents).toHaveText(['Put right']);
  await expectAgreement(all);
});

test('an edit made offline of what was edited meanwhile is not lost, and overwrites nothing unasked', async ({
  browser,
}) => {
  const { first, second, other, all, home } = await threeDevices(browser, 'As it was');
  await home.setOffline(true);
  await expect(first.connection).toHaveAttribute('data-status', 'offline');
  await first.editMessage('As it was', 'Mine');
  await expectWaiting(first.message('Mine'));
  await other.editMessage('As it was', 'Theirs');

  await home.setOffline(false);
  for (const tab of [first, second]) {
    await expect(tab.message('Mine').getByRole('alert')).toContainText(
      'It was changed on another device in the meantime.',
    );
  }
  await expect(other.contents).toHaveText(['Theirs']);
  await second.page.getByRole('button', { name: 'Keep mine' }).click();
  for (const device of all) await expect(device.contents).toHaveText(['Mine']);
  await expectAgreement(all);
});
