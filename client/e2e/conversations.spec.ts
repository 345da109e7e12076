import { expect, test, type Browser } from '@playwright/test';
import { Device } from './device.js';

/** Two tabs of one browser and another browser of one person, who has two conversations. */
async function threeDevices(browser: Browser) {
  const home = await browser.newContext();
  const { device: first, account } = await Device.register(home);
  await first.begin('To be kept');
  await first.begin('To be deleted');
  const second = await Device.open(home);
  const other = await Device.signIn(await browser.newContext(), account);
  await expect(other.conversation('To be deleted')).toBeVisible();
  return { first, second, other };
}

test('a deleted conversation is hidden at once, and comes back when it is undone', async ({ browser }) => {
  const { first, second, other } = await threeDevices(browser);
  const address = first.page.url();
  await first.deleteConversation('To be deleted');
  await expect(
    first.page.getByRole('status').filter({ hasText: '“To be deleted” was deleted.' }),
  ).toBeVisible();
  await expect(second.conversation('To be deleted')).toHaveCount(0);
  await expect(other.conversation('To be deleted')).toBeVisible();
  await first.undo.click();
  await expect(first.page).toHaveURL(address);
  await expect(first.message('To be deleted')).toBeVisible();
  await expect(second.conversation('To be deleted')).toBeVisible();
  // A later deletion shows that this one was not sent.
  await first.deleteConversation('To be kept');
  await expect(other.conversation('To be kept')).toHaveCount(0);
  await expect(other.conversation('To be deleted')).toBeVisible();
});

test('a tab that shows it says at once that it was deleted, and brings it back', async ({ browser }) => {
  const { first, second } = await threeDevices(browser);
  const { page } = second;
  await second.openConversation('To be deleted');
  await first.deleteConversation('To be deleted');
  await expect(page.getByRole('heading', { name: 'This conversation was deleted' })).toBeVisible();
  await expect(second.composer).toHaveCount(0);
  await second.undo.click();
  await expect(second.message('To be deleted')).toBeVisible();
  await expect(second.composer).toBeVisible();

  await first.openConversation('To be deleted');
  await first.deleteConversation('To be deleted');
  await expect(second.undo).toBeVisible();
  await expect(second.undo).toHaveCount(0);
  await expect(page.getByText('It is gone from all your devices.')).toBeVisible();
});

test('however long a title, what happened to it is said', async ({ browser }) => {
  for (const width of [390, 768, 1440]) {
    const context = await browser.newContext({ viewport: { width, height: 800 } });
    const { device } = await Device.register(context);
    const { page } = device;
    const title = 'Write a Python function that reverses a list, and say how long it takes';
    await device.post('/conversations', { title });
    if (width < 768) await page.getByRole('button', { name: 'Show conversations' }).click();
    await device.conversation(title).focus();
    await page.keyboard.press('Delete');
    const sentence = page.locator('.undoSentence');
    await expect(sentence).toHaveText(`“${title}” was deleted.`);
    const [card, end] = await Promise.all([
      page.locator('.undoCard').boundingBox(),
      sentence.getByText('” was deleted.').boundingBox(),
    ]);
    expect((end?.x ?? 0) + (end?.width ?? 0)).toBeLessThanOrEqual((card?.x ?? 0) + (card?.width ?? 0));
    await context.close();
  }
});

test('what can be undone covers neither the thread nor the way to its end', async ({ browser }) => {
  const { device } = await Device.register(await browser.newContext());
  const { page } = device;
  await device.begin('A long talk');
  await device.fill(Array.from({ length: 30 }, (_, at) => `message ${at}`));
  await expect(device.message('message 29')).toBeInViewport();
  await device.deleteMessage('message 28');
  const bar = page.locator('.undoCard');
  await expect(bar).toBeVisible();
  await expect(device.message('message 29').getByTestId('content')).toBeInViewport({ ratio: 1 });
  await page.getByRole('region', { name: 'Messages' }).focus();
  await page.keyboard.press('Home');
  const boxes = () =>
    Promise.all(
      ['.undoCard', '.thread', '.toEnd', '.composerBox'].map((one) => page.locator(one).boundingBox()),
    );
  await expect(page.locator('.toEnd')).toBeVisible();
  const [card, thread, toEnd, composer] = (await boxes()).map(
    (box) => box ?? { x: 0, y: 0, width: 0, height: 0 },
  );
  if (!card || !thread || !toEnd || !composer) throw new Error('something is not shown');
  expect(card.y).toBeGreaterThanOrEqual(thread.y + thread.height);
  expect(card.y).toBeGreaterThanOrEqual(toEnd.y + toEnd.height);
  expect(card.y + card.height).toBeLessThanOrEqual(composer.y);
  expect(Math.abs(card.x + card.width / 2 - (thread.x + thread.width / 2))).toBeLessThan(2);
});

test('another tab undoes it too', async ({ browser }) => {
  const { first, second } = await threeDevices(browser);
  await first.deleteConversation('To be deleted');
  await second.undo.click();
  await expect(first.conversation('To be deleted')).toBeVisible();
  await expect(first.undo).toHaveCount(0);
});

test('what was deleted is gone everywhere when the time to undo is over', async ({ browser }) => {
  const { first, other } = await threeDevices(browser);
  await first.deleteConversation('To be deleted');
  await expect(other.conversation('To be deleted')).toHaveCount(0);
  await expect(first.undo).toHaveCount(0);
});

test('what was deleted is gone everywhere when the page goes', async ({ browser }) => {
  const home = await browser.newContext();
  const { device: first, account } = await Device.register(home);
  await first.begin('To be deleted');
  const other = await Device.signIn(await browser.newContext(), account);
  await first.deleteConversation('To be deleted');
  await first.page.goto('about:blank');
  await expect(other.conversation('To be deleted')).toHaveCount(0);
  await first.page.goto('/');
  await expect(first.page.getByRole('heading', { name: 'What is on your mind?' })).toBeVisible();
  await expect(first.conversation('To be deleted')).toHaveCount(0);
});

test('a deleted message comes back to its place when it is undone', async ({ browser }) => {
  const { device } = await Device.register(await browser.newContext());
  await device.begin('one');
  await device.write('two');
  await device.write('three');
  await expect(device.message('three')).not.toHaveAttribute('data-pending');
  await device.deleteMessage('two');
  await expect(device.contents).toHaveText(['one', 'three']);
  await device.page.keyboard.press('Control+z');
  await expect(device.contents).toHaveText(['one', 'two', 'three']);
});

test('a title is changed where it stands: kept with Enter, left with Escape', async ({ browser }) => {
  const { first, other } = await threeDevices(browser);
  await first.conversation('To be kept').dblclick();
  await first.titleField.fill('Renamed in the list');
  await first.titleField.press('Enter');
  await expect(other.conversation('Renamed in the list')).toBeVisible();
  await expect(first.conversation('Renamed in the list')).toBeFocused();
  await first.page.keyboard.press('F2');
  await first.titleField.fill('never mind');
  await first.titleField.press('Escape');
  await expect(first.conversation('Renamed in the list')).toBeVisible();
  await first.page.getByRole('button', { name: 'Renamed in the list: options' }).click();
  await first.page.getByRole('menuitem', { name: 'Rename' }).click();
  await first.titleField.fill('Renamed above');
  await first.composer.click();
  await expect(other.conversation('Renamed above')).toBeVisible();
});

test('everything in the list is reached by keyboard', async ({ browser }) => {
  const { first } = await threeDevices(browser);
  const { keyboard } = first.page;
  await keyboard.press('Control+k');
  await expect(first.page.getByRole('searchbox', { name: 'Search titles' })).toBeFocused();
  await keyboard.press('ArrowDown');
  await expect(first.conversation('To be deleted')).toBeFocused();
  await keyboard.press('ArrowDown');
  await expect(first.conversation('To be kept')).toBeFocused();
  await keyboard.press('F2');
  await first.titleField.fill('Kept');
  await keyboard.press('Enter');
  await expect(first.conversation('Kept')).toBeFocused();
  await keyboard.press('Enter');
  await expect(first.page.getByTestId('title')).toHaveText('Kept');
  // It moves to the top once the server has renamed it: until then nothing is below it.
  await expect(first.list.getByRole('link').first()).toHaveText('Kept');
  await keyboard.press('Alt+ArrowDown');
  await expect(first.page.getByTestId('title')).toHaveText('To be deleted');
  await keyboard.press('Control+Shift+Backspace');
  await expect(first.conversation('To be deleted')).toHaveCount(0);
  await first.page.getByRole('heading', { name: 'What is on your mind?' }).click();
  await keyboard.press('Control+z');
  await expect(first.page.getByTestId('title')).toHaveText('To be deleted');
  await keyboard.press('Shift+Escape');
  await expect(first.composer).toBeFocused();
  await keyboard.press('Control+Shift+O');
  await expect(first.page.getByRole('heading', { name: 'What is on your mind?' })).toBeVisible();
});

test('a sheet tells the shortcuts', async ({ browser }) => {
  const { device } = await Device.register(await browser.newContext());
  await device.page.getByRole('heading', { name: 'What is on your mind?' }).click();
  await device.page.keyboard.press('Shift+?');
  const sheet = device.page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(sheet.getByText('Search conversations')).toBeVisible();
  await device.page.keyboard.press('Escape');
  await expect(sheet).toHaveCount(0);
});

test('a search finds what no page of the list has shown yet', async ({ browser }) => {
  const { device } = await Device.register(await browser.newContext());
  await device.post('/conversations', { title: 'Un paseo por Málaga' });
  for (let number = 0; number < 60; number++)
    await device.post('/conversations', { title: `Talk ${number}` });
  const fresh = await browser.newContext({ storageState: await device.page.context().storageState() });
  const second = await Device.open(fresh);
  await expect(second.conversation('Talk 59')).toBeVisible();
  await expect(second.conversation('Un paseo por Málaga')).toHaveCount(0);
  await second.page.getByRole('searchbox', { name: 'Search titles' }).fill('MALAGA');
  await expect(second.conversation('Un paseo por Málaga')).toBeVisible();
  await second.page.getByRole('searchbox', { name: 'Search titles' }).fill('Nowhere');
  await expect(second.page.getByText('No title matches “Nowhere”.')).toBeVisible();
});
