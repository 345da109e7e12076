import { expect, test, type Browser } from '@playwright/test';
import { Device } from './device.js';
import { Example } from './example.js';
import { expectAgreement } from './expectations.js';

// Only what is near the screen stands in the page of the app.
test.use({
  baseURL: process.env['BITWORKS_ANSWERING_URL'] ?? 'http://localhost:8000',
  viewport: { width: 1280, height: 2400 },
});

/** The app and the example in two tabs of one browser, with the same answered question open in both. */
async function twoTabs(browser: Browser) {
  const context = await browser.newContext();
  const { device: app, account } = await Device.register(context);
  await app.begin('Do cats dream?');
  await expect(app.answer(1)).toContainText('will answer here.');
  const example = await Example.signIn(await context.newPage(), account);
  await example.conversation('Do cats dream?').click();
  await expect(example.messages).toHaveText([/Do cats dream\?/, /will answer here\./]);
  return { context, app, example };
}

test('what is asked through assistant-ui is stored and answered, the same there and in the app', async ({
  browser,
}) => {
  const { app, example } = await twoTabs(browser);
  await example.write('And dogs?');
  await expect(app.answer(2)).toContainText('will answer here.');
  await expect(example.messages).toHaveText([
    /cats/,
    /will answer here\./,
    /And dogs\?/,
    /will answer here\./,
  ]);
  expect((await app.history())[2]).toMatchObject({ role: 'user', content: 'And dogs?' });
  await expectAgreement([app]);
});

test('an answer grows word by word in assistant-ui', async ({ browser }) => {
  const { app, example } = await twoTabs(browser);
  const answer = await app.openAnswer();
  await answer.append('one ');
  // The dot is how assistant-ui marks what is being written.
  await expect(example.messages.last()).toHaveText(/^one\s+●$/);
  await expect(example.button('Stop')).toBeVisible();
  await answer.append('two');
  await expect(example.messages.last()).toHaveText(/^one two\s+●$/);
  await answer.finish();
  await expect(example.messages.last()).toHaveText(/^one two\s*Ask again$/);
  await expect(example.button('Send')).toBeVisible();
});

test('an answer is stopped in assistant-ui, and asked for again', async ({ browser }) => {
  const { app, example } = await twoTabs(browser);
  const answer = await app.openAnswer();
  await answer.append('one ');
  await example.button('Stop').click();
  await expect(app.answer(2)).toContainText('Stopped by you');
  await example.messages.last().getByRole('button', { name: 'Ask again' }).click();
  await expect(app.answer(3)).toContainText('will answer here.');
  await expect(example.messages.last()).toContainText('will answer here.');
  await expectAgreement([app]);
});

test('the list of assistant-ui is live, begins conversations and deletes them', async ({ browser }) => {
  const { app, example } = await twoTabs(browser);
  await example.button('New conversation').click();
  await expect(example.messages).toHaveCount(0);
  await example.write('Do dogs dream?');
  await expect(example.messages.first()).toContainText('Do dogs dream?');
  await app.openConversation('Do dogs dream?');
  await expect(app.answer(1)).toContainText('will answer here.');

  await app.rename('Do cats dream?', 'Cats');
  await expect(example.conversation('Cats')).toBeVisible();
  await example.deleteConversation('Cats');
  await expect(example.conversation('Cats')).toHaveCount(0);
  await expect(app.conversation('Cats')).toHaveCount(0);
});

test('a long history begins with its end, and older messages are loaded above', async ({ browser }) => {
  const context = await browser.newContext();
  const { device: app, account } = await Device.register(context);
  await app.begin('Count');
  await expect(app.answer(1)).toContainText('will answer here.');
  await app.fill(Array.from({ length: 60 }, (_, at) => `number ${at}`));
  const example = await Example.signIn(await context.newPage(), account);
  await example.conversation('Count').click();
  await expect(example.messages.last()).toContainText('number 59');
  await expect(example.messages).toHaveCount(50);
  await example.button('Older messages').click();
  await expect(example.messages).toHaveCount(62);
  await expect(example.messages.first()).toContainText('Count');
  await expect(example.button('Older messages')).toHaveCount(0);
});

test('what is written through assistant-ui without a network waits, and is sent once', async ({
  browser,
}) => {
  const { context, app, example } = await twoTabs(browser);
  await context.setOffline(true);
  await example.write('Written offline');
  await expect(example.messages.nth(2)).toContainText('Sending…');
  await context.setOffline(false);
  await expect(example.messages.nth(2)).not.toContainText('Sending…');
  await expect(example.messages.nth(3)).toContainText('will answer here.');
  await expectAgreement([app]);
  expect((await app.history()).filter(({ content }) => content === 'Written offline')).toHaveLength(1);
});
