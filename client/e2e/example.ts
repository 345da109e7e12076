import type { Locator, Page } from '@playwright/test';
import { fileURLToPath } from 'node:url';
import { bundle, standIn } from './bundle.js';
import type { Account } from './device.js';

const ROOT = fileURLToPath(new URL('../examples/assistant-ui', import.meta.url));

/** One tab with the chat of assistant-ui's components, and what a person does in it. */
export class Example {
  readonly page: Page;

  private constructor(page: Page) {
    this.page = page;
  }

  static async signIn(page: Page, { email, password }: Account): Promise<Example> {
    const example = new Example(page);
    await standIn(page, await bundle({ root: ROOT }));
    await page.goto('/');
    await page.getByLabel('Email').fill(email);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    return example;
  }

  get list(): Locator {
    return this.page.getByRole('navigation', { name: 'Conversations' });
  }

  conversation(title: string): Locator {
    return this.list.getByRole('button', { name: title, exact: true });
  }

  get messages(): Locator {
    return this.page.locator('[data-message-id]');
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  async deleteConversation(title: string): Promise<void> {
    const trigger = this.page.getByRole('button', { name: title, exact: true });
    const item = this.list.locator('div').filter({ has: trigger }).last();
    await item.getByRole('button', { name: 'Delete' }).click();
  }

  async write(text: string): Promise<void> {
    await this.page.getByRole('textbox', { name: 'Message' }).fill(text);
    await this.button('Send').click();
  }
}
