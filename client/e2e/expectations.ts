import AxeBuilder from '@axe-core/playwright';
import { expect, type Locator, type Page } from '@playwright/test';
import type { Device } from './device.js';

/** What Markdown does not show, and where lines break, which a page does its own way. */
const MARKS = /[*`\s]/g;

/** Waits until every device shows what the server holds: all of it, in that order, and each message once. */
export async function expectAgreement(devices: readonly Device[]): Promise<void> {
  for (const device of devices) {
    await device.isLive();
    await expect(device.page.locator('[data-pending]')).toHaveCount(0);
  }
  for (const device of devices) {
    const held = await device.history();
    const texts = held.map(({ id, content }) => [id, content.replaceAll(MARKS, '')]);
    await expect.poll(() => shownOn(device)).toEqual(texts);
  }
}

async function shownOn({ page }: Device): Promise<[string, string][]> {
  const messages: [string, string][] = [];
  for (const article of await page.getByRole('article').all()) {
    const text = (await article.getByTestId('content').textContent()) ?? '';
    messages.push([(await article.getAttribute('data-message')) ?? '', text.replaceAll(MARKS, '')]);
  }
  return messages;
}

/** A message that is said to wait for the network, and not to be on its way. */
export async function expectWaiting(message: Locator): Promise<void> {
  await expect(message).toHaveAttribute('data-pending', 'sending');
  await expect(message).toContainText('Waiting for the connection…');
}

/** That what a page shows keeps the rules of accessibility; a violation is reported, and the test goes on. */
export async function expectNoViolation(page: Page, name: string): Promise<void> {
  // In one go: what the other way adds, at twice the cost, is to gather from frames, and the app has none.
  expect(page.frames()).toHaveLength(1);
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
  const found = violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
  expect.soft(found, name).toEqual([]);
}
