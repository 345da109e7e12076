import { expect } from '@playwright/test';
import type { Stage } from './stage.js';

/** Something that the app can look like. */
export interface Screen {
  readonly name: string;
  /** Goes there from the screen before it. */
  readonly show: (stage: Stage) => Promise<void>;
}

/** Every screen, in the order in which one person comes by them. */
export const SCREENS: readonly Screen[] = [
  { name: 'sign-in', show: signIn },
  { name: 'sign-in-offline', show: signInOffline },
  { name: 'not-here', show: comeByNothing },
  { name: 'register', show: register },
  { name: 'welcome', show: (stage) => stage.register() },
  { name: 'conversation', show: converse },
  { name: 'message-tools', show: pointAtMessage },
  { name: 'growing', show: grow },
  { name: 'stopped', show: stop },
  { name: 'failed', show: fail },
  { name: 'conversation-menu', show: openConversationMenu },
  { name: 'rename', show: rename },
  { name: 'undo', show: deleteAnother },
  { name: 'search', show: search },
  { name: 'search-nothing', show: searchInVain },
  { name: 'context', show: openContext },
  { name: 'context-advanced', show: unfoldAdvanced },
  { name: 'account-menu', show: openMenu },
  { name: 'account', show: openAccount },
  { name: 'account-password', show: openPassword },
  { name: 'account-deletion', show: openDeletion },
  { name: 'shortcuts', show: openShortcuts },
  { name: 'offline', show: writeOffline },
  { name: 'unsent', show: signOutUnsent },
  { name: 'absent', show: goNowhere },
];

/** Those that are laid out anew where there is little room. */
export const PHONE_SCREENS: readonly Screen[] = [
  { name: 'sign-in', show: signIn },
  { name: 'register', show: register },
  { name: 'welcome', show: (stage) => stage.register() },
  { name: 'conversation', show: converse },
  { name: 'list', show: openList },
  { name: 'context', show: openContextFromList },
];

/** Those on the narrowest screen that has the list beside the thread. */
export const TABLET_SCREENS: readonly Screen[] = [
  { name: 'sign-in', show: signIn },
  { name: 'register', show: register },
  { name: 'welcome', show: (stage) => stage.register() },
  { name: 'conversation', show: converse },
  { name: 'list', show: seeList },
  { name: 'context', show: openContextFromList },
];

async function signIn({ page, words }: Stage): Promise<void> {
  await expect(page.getByRole('heading', { name: words.signIn.title })).toBeVisible();
}

async function signInOffline({ page, words }: Stage): Promise<void> {
  await page.context().setOffline(true);
  await expect(page.getByText(words.signIn.offline)).toBeVisible();
}

async function comeByNothing({ page, words }: Stage): Promise<void> {
  await page.context().setOffline(false);
  await page.goto('/nowhere');
  await expect(page.getByRole('heading', { name: words.notHere.title })).toBeVisible();
}

async function register(stage: Stage): Promise<void> {
  const { signIn, register, failure } = stage.words;
  await stage.page.goto('/');
  await stage.press(signIn.toRegisterAction);
  await stage.page.getByLabel(signIn.password, { exact: true }).fill('short');
  await stage.press(register.submit);
  await expect(stage.page.getByText(failure.passwordShort)).toBeVisible();
}

async function converse(stage: Stage): Promise<void> {
  await stage.converse();
}

async function pointAtMessage({ page, words }: Stage): Promise<void> {
  const message = page.getByRole('article').first();
  await message.hover();
  await expect(message.getByRole('button', { name: words.message.copy })).toBeVisible();
}

async function grow(stage: Stage): Promise<void> {
  const { page, script } = stage;
  const conversation_id = page.url().split('/c/')[1];
  const { id } = await stage.post('/messages', {
    ...{ conversation_id, role: 'assistant', content: '', status: 'streaming' },
  });
  await stage.post(`/messages/${id}/append`, { text: script.growing });
  await expect(page.getByText(script.growing)).toBeVisible();
}

async function stop(stage: Stage): Promise<void> {
  await stage.press(stage.words.composer.stop);
  await expect(stage.page.getByText(stage.words.message.stopped, { exact: true })).toBeVisible();
}

async function fail(stage: Stage): Promise<void> {
  const { page, words } = stage;
  const conversation_id = page.url().split('/c/')[1];
  const growing = { conversation_id, role: 'assistant', content: '', status: 'streaming' };
  const { id } = await stage.post('/messages', growing);
  const error = { code: 'upstream_refused', detail: 'Insufficient credits.' };
  await stage.post(`/messages/${id}/finish`, { status: 'failed', metadata: { error } });
  const end = page.getByTestId('answer-end').last();
  await expect(end).toContainText(words.ending.reason.upstream_refused);
}

async function openConversationMenu({ page, words }: Stage): Promise<void> {
  await page.locator('.conversationItem').first().hover();
  await page.locator('.conversationMore').first().click();
  await expect(page.getByRole('menuitem', { name: words.rename.action })).toBeVisible();
}

async function rename({ page, words, script }: Stage): Promise<void> {
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: script.titles[0] ?? '' }).dblclick();
  await expect(page.getByRole('textbox', { name: words.rename.field })).toBeFocused();
}

async function deleteAnother({ page, words, script }: Stage): Promise<void> {
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: script.title }).click();
  await expect(page.locator('.hljs-keyword').first()).toBeVisible();
  await page.getByRole('link', { name: script.titles.at(-1) ?? '' }).focus();
  await page.keyboard.press('Delete');
  await expect(page.getByRole('button', { name: words.common.undo })).toBeVisible();
}

async function search({ page, words, script }: Stage): Promise<void> {
  await page.getByRole('searchbox', { name: words.conversations.search }).fill(script.word);
  await expect(page.getByRole('link', { name: script.title })).toHaveCount(0);
}

async function searchInVain({ page, words }: Stage): Promise<void> {
  await page.getByRole('searchbox', { name: words.conversations.search }).fill('xyz');
  await expect(page.getByText(words.conversations.notFound.replace('{{words}}', 'xyz'))).toBeVisible();
}

async function openContext(stage: Stage): Promise<void> {
  const { page, words } = stage;
  await page.getByRole('searchbox', { name: words.conversations.search }).fill('');
  await stage.press(words.context.open);
  await expect(page.getByTestId('meter')).toBeVisible();
}

async function unfoldAdvanced({ page, words }: Stage): Promise<void> {
  await page.getByRole('button', { name: words.context.advanced }).click();
  await page.getByText(words.meter.details).click();
  await expect(page.getByLabel(words.context.top_p)).toBeVisible();
}

async function openList(stage: Stage): Promise<void> {
  await stage.press(stage.words.conversations.open);
  await expect(stage.page.getByRole('link', { name: stage.script.title })).toBeInViewport();
}

async function seeList({ page, script }: Stage): Promise<void> {
  await expect(page.getByRole('link', { name: script.title })).toBeInViewport();
}

async function openContextFromList(stage: Stage): Promise<void> {
  await stage.page.getByRole('link', { name: stage.script.title }).click();
  await stage.press(stage.words.context.open);
  await expect(stage.page.getByTestId('meter')).toBeVisible();
}

async function openMenu(stage: Stage): Promise<void> {
  await stage.page.keyboard.press('Escape');
  await expect(stage.page.getByTestId('meter')).toHaveCount(0);
  await stage.page.getByRole('button', { name: stage.words.account.menu }).click();
  await expect(stage.page.getByText(stage.words.account.open)).toBeVisible();
}

async function openAccount({ page, words }: Stage): Promise<void> {
  await page.getByRole('menuitem', { name: words.account.open }).click();
  await expect(page.getByText(words.account.current)).toBeVisible();
}

async function openPassword({ page, words }: Stage): Promise<void> {
  await page.getByRole('tab', { name: words.account.passwordTab }).click();
  await page.getByRole('button', { name: words.account.change }).click();
  await expect(page.getByText(words.failure.passwordShort)).toBeVisible();
}

async function openDeletion({ page, words }: Stage): Promise<void> {
  await page.getByRole('tab', { name: words.account.title }).click();
  await page.getByRole('button', { name: words.account.deleteOpen }).click();
  await expect(page.getByRole('button', { name: words.account.deleteAction })).toBeVisible();
}

async function openShortcuts({ page, words }: Stage): Promise<void> {
  await page.keyboard.press('Escape');
  await expect(page.getByRole('tab', { name: words.account.title })).toHaveCount(0);
  await page.getByRole('button', { name: words.account.menu }).click();
  await page.getByRole('menuitem', { name: words.shortcuts.title }).click();
  await expect(page.getByText(words.shortcuts.inList)).toBeVisible();
}

async function writeOffline({ page, words, script }: Stage): Promise<void> {
  await page.keyboard.press('Escape');
  await page.context().setOffline(true);
  await page.getByRole('textbox', { name: words.composer.label, exact: true }).fill(script.question);
  await page.keyboard.press('Enter');
  await expect(page.getByText(words.message.waiting)).toBeVisible();
}

async function signOutUnsent({ page, words }: Stage): Promise<void> {
  await page.getByRole('button', { name: words.account.menu }).click();
  await page.getByRole('menuitem', { name: words.account.signOut }).click();
  await expect(page.getByRole('dialog', { name: words.unsent.title })).toBeVisible();
}

async function goNowhere({ page, words }: Stage): Promise<void> {
  await page.context().setOffline(false);
  await page.goto('/c/019fa9f7-0000-7000-8000-000000000000');
  await expect(page.getByText(words.thread.absent)).toBeVisible();
}
