import { expect, test, type Route } from '@playwright/test';
import { Device } from './device.js';
import { expectNoViolation, expectWaiting } from './expectations.js';
import { test as testOnServer } from './server.js';

/** Where the demonstration answers. */
const ANSWERING = process.env['BITWORKS_ANSWERING_URL'] ?? 'http://localhost:8000';

test('the address of a conversation opens it after a reload', async ({ browser }) => {
  const { device } = await Device.register(await browser.newContext());
  await device.begin('Find me again');
  await device.page.reload();
  await device.isLive();
  await expect(device.contents).toHaveText(['Find me again']);
  await expect(device.page).toHaveTitle('Find me again · Bitworks Message');
});

test('an address that leads nowhere says so', async ({ browser }) => {
  const { device } = await Device.register(await browser.newContext());
  for (const id of ['01890a5d-0000-7000-8000-00000000ffff', 'mistyped']) {
    await device.page.goto(`/c/${id}`);
    await expect(device.page.getByText('Conversation not found')).toBeVisible();
  }
});

test('an address of nothing says so, in words and to whoever comes by it', async ({ browser }) => {
  const { device } = await Device.register(await browser.newContext());
  const stranger = await (await browser.newContext()).newPage();
  for (const page of [device.page, stranger]) {
    await page.goto('/settings');
    await expect(page.getByRole('heading', { name: 'There is nothing at this address' })).toBeVisible();
    await page.getByRole('link', { name: 'Go to the home page' }).click();
    await expect(page).toHaveURL(/\/$/);
  }
  await device.begin('With a slash');
  await device.page.goto(`${device.page.url()}/`);
  await expect(device.contents).toHaveText(['With a slash']);
});

test('signing out in one tab ends the other tabs of that browser, and no other browser', async ({
  browser,
}) => {
  const home = await browser.newContext();
  const { device: first, account } = await Device.register(home);
  const second = await Device.open(home);
  const other = await Device.signIn(await browser.newContext(), account);
  await first.signOut();
  for (const device of [first, second]) {
    await expect(device.page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
  }
  await other.begin('Still here');
  await other.isLive();
});

test('ending a session from another device signs that device out', async ({ browser }) => {
  const { device, account } = await Device.register(await browser.newContext());
  const other = await Device.signIn(await browser.newContext(), account);
  await device.page.getByRole('button', { name: 'Account' }).click();
  await device.page.getByRole('menuitem', { name: 'Account and devices' }).click();
  await device.page.getByRole('button', { name: 'Sign out: Chrome · Linux' }).click();
  await expect(other.page.getByText('You have been signed out on this device.')).toBeVisible();
  await device.isLive();
});

test('a stranger is told what this is, and not greeted as somebody who was here', async ({ browser }) => {
  const page = await (await browser.newContext()).newPage();
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'Bitworks Message' })).toBeVisible();
  await expect(page.getByText('Chat with AI')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Welcome back' })).toHaveCount(0);
  await expect(page).toHaveTitle('Sign in · Bitworks Message');
  const { device } = await Device.register(page.context());
  await device.signOut();
  await expect(device.page.getByRole('heading', { name: 'Welcome back' })).toBeVisible();
});

test('the email typed in one form is in the other, and the next is the password', async ({ browser }) => {
  const page = await (await browser.newContext()).newPage();
  await page.goto('/');
  await page.getByLabel('Email').fill('ana@example.org');
  await page.getByRole('button', { name: 'Create an account' }).click();
  await expect(page.getByLabel('Email')).toHaveValue('ana@example.org');
  await expect(page.getByLabel('Password', { exact: true })).toBeFocused();
});

test('whoever forgot the password is told whom to ask', async ({ browser }) => {
  const page = await (await browser.newContext()).newPage();
  await page.goto('/');
  await page.getByRole('button', { name: 'Forgot your password?' }).click();
  await expect(page.getByText('Ask whoever runs this server')).toBeVisible();
});

testOnServer.describe(() => {
  testOnServer.use({ settings: { REGISTRATION: 'closed', SITE_NAME: 'Notes of a team' } });
  testOnServer('a server that takes no new accounts offers none, under its own name', async ({ browser }) => {
    const page = await (await browser.newContext()).newPage();
    await page.goto('/register');
    await expect(page.getByRole('heading', { name: 'Notes of a team' })).toBeVisible();
    await expect(page.getByText('No account yet? Ask whoever runs this server for one.')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
    await expect(page.getByRole('button', { name: 'Create' })).toHaveCount(0);
  });
});

test('an account is deleted by who asked for it and proved who they are, and by no press nearby', async ({
  browser,
}) => {
  const { device, account } = await Device.register(await browser.newContext());
  const { page } = device;
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Account and devices' }).click();
  const deletion = page.getByRole('button', { name: 'Delete my account permanently' });
  const password = page.getByLabel('Password', { exact: true }).and(page.locator('input'));
  await expect(page.getByText('This device')).toBeVisible();
  await expect(deletion).toHaveCount(0);
  await page.getByRole('tab', { name: 'Account' }).click();
  await expect(deletion).toHaveCount(0);
  await page.getByRole('button', { name: 'Delete account…' }).click();
  await expect(password).toBeFocused();
  await page.keyboard.type('not this one');
  await deletion.click();
  await expect(page.getByText('Wrong email or password.')).toBeVisible();
  await password.fill(account.password);
  await deletion.click();
  await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
});

test('a wrong password is refused in words', async ({ browser }) => {
  const { device, account } = await Device.register(await browser.newContext());
  await device.signOut();
  await device.page.getByLabel('Email').fill(account.email);
  await device.page.getByLabel('Password', { exact: true }).fill('not this one');
  await device.page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(device.page.getByRole('alert').filter({ hasText: 'Wrong email or password.' })).toBeVisible();
});

test('whoever signs out with changes unsent is told how many, and may stay until they are sent', async ({
  browser,
}) => {
  const home = await browser.newContext();
  const { device } = await Device.register(home);
  await device.begin('Hello');
  await home.setOffline(true);
  await device.write('First without a network');
  await device.write('Second without a network');
  await expectWaiting(device.message('Second without a network'));
  await device.signOut();
  const warning = device.page.getByRole('dialog', { name: 'Some changes have not been sent' });
  await expect(warning).toContainText('2 changes have not reached the server yet.');
  await warning.getByRole('button', { name: 'Stay signed in' }).click();
  await expect(warning).toBeHidden();
  await expectWaiting(device.message('Second without a network'));

  await device.signOut();
  await home.setOffline(false);
  await expect(warning).toContainText('Everything has been sent now.');
  expect((await device.history()).map(({ content }) => content)).toHaveLength(3);
  await warning.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(device.page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
});

test('whoever signs out all the same loses what was not sent, and nothing else', async ({ browser }) => {
  const home = await browser.newContext();
  const { device, account } = await Device.register(home);
  await device.begin('Hello');
  await home.setOffline(true);
  await device.write('Not worth keeping');
  await device.signOut();
  await device.page.getByRole('button', { name: 'Sign out and lose it' }).click();
  await expect(device.page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();

  await home.setOffline(false);
  const again = await Device.signIn(home, account);
  await again.openConversation('Hello');
  await expect(again.contents).toHaveText(['Hello']);
  expect((await again.history()).map(({ content }) => content)).toEqual(['Hello']);
});

test('signing out everywhere is asked about too while changes are unsent', async ({ browser }) => {
  const home = await browser.newContext();
  const { device } = await Device.register(home);
  await device.begin('Hello');
  await device.page.getByRole('button', { name: 'Account' }).click();
  await device.page.getByRole('menuitem', { name: 'Account and devices' }).click();
  await expect(device.page.getByText('This device')).toBeVisible();
  await device.page.keyboard.press('Escape');
  await home.setOffline(true);
  await device.write('Without a network');
  await device.page.getByRole('button', { name: 'Account' }).click();
  await device.page.getByRole('menuitem', { name: 'Account and devices' }).click();
  await device.page.getByRole('button', { name: 'Sign out on all devices' }).click();
  const warning = device.page.getByRole('dialog', { name: 'Some changes have not been sent' });
  await expect(warning).toContainText('1 change has not reached the server yet.');

  await home.setOffline(false);
  await expect(warning).toContainText('Everything has been sent now.');
  await warning.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(device.page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
});

test('while a server is slow to end the session it is said so, and it ends here in any case', async ({
  browser,
}) => {
  const { device } = await Device.register(await browser.newContext({ serviceWorkers: 'block' }));
  const asked = new Promise<Route>((resolve) => void device.page.route('**/auth/logout', resolve));
  await device.signOut();
  await expect(device.page.getByText('Signing out…')).toBeVisible();
  await (await asked).abort();
  await expect(device.page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
});

test('a deletion that could still be undone is sent before signing out', async ({ browser }) => {
  const home = await browser.newContext();
  const { device, account } = await Device.register(home);
  await device.begin('To be gone');
  await device.begin('To stay');
  await device.deleteConversation('To be gone');
  await expect(device.undo).toBeVisible();
  await device.signOut();
  await expect(device.page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();

  const again = await Device.signIn(home, account);
  await expect(again.conversation('To stay')).toBeVisible();
  await expect(again.conversation('To be gone')).toHaveCount(0);
});

test('whoever comes in may begin with a suggestion, and goes on with what was last', async ({ browser }) => {
  const context = await browser.newContext({ baseURL: ANSWERING });
  const { device } = await Device.register(context);
  await device.page.getByRole('button', { name: 'Give me ideas for a quick dinner' }).click();
  await expect(device.contents.first()).toHaveText('Give me ideas for a quick dinner');
  await device.page.getByRole('button', { name: 'New conversation' }).click();
  const recent = device.page.getByRole('region', { name: 'Continue' });
  await recent.getByRole('link', { name: 'Give me ideas for a quick dinner' }).click();
  await expect(device.contents.first()).toHaveText('Give me ideas for a quick dinner');
});

test('where the demonstration answers it is said so, with what to do, until it is put away', async ({
  browser,
}) => {
  const context = await browser.newContext({ baseURL: ANSWERING });
  const { device } = await Device.register(context);
  const { page } = device;
  const notice = page.getByText('No model is connected yet.');
  await expect(notice).toBeVisible();
  await page.getByRole('button', { name: 'How to connect one' }).click();
  await expectNoViolation(page, 'notice');
  await expect(page.getByRole('dialog', { name: 'Connect a model' })).toContainText('REPLY_BASE_URL');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Hide this notice' }).click();
  await expect(notice).toHaveCount(0);
  await page.reload();
  await device.isLive();
  await expect(notice).toHaveCount(0);
});
