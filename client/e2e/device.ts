import { randomUUID } from 'node:crypto';
import type { Context, Message } from '@bitworks/sdk';
import { expect, type BrowserContext, type Locator, type Page } from '@playwright/test';

export interface Account {
  readonly email: string;
  readonly password: string;
}

/** What a program does that writes an answer. */
export interface Producing {
  readonly append: (text: string) => Promise<void>;
  readonly finish: () => Promise<void>;
}

/** One tab, and what a person does in it. */
export class Device {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** A new account, signed in in a new tab. */
  static async register(context: BrowserContext): Promise<{ device: Device; account: Account }> {
    const device = new Device(await context.newPage());
    const account = { email: `e2e-${randomUUID()}@example.com`, password: 'correct horse' };
    await device.page.goto('/');
    await device.page.getByRole('button', { name: 'Create an account' }).click();
    await device.enter(account, 'Create account');
    return { device, account };
  }

  static async signIn(context: BrowserContext, account: Account): Promise<Device> {
    const device = new Device(await context.newPage());
    await device.page.goto('/');
    await device.enter(account, 'Sign in');
    return device;
  }

  /** Another tab of a browser that is signed in. */
  static async open(context: BrowserContext, path = '/'): Promise<Device> {
    const device = new Device(await context.newPage());
    await device.page.goto(path);
    await device.isLive();
    return device;
  }

  private async enter({ email, password }: Account, submit: string): Promise<void> {
    await this.page.getByLabel('Email').fill(email);
    await this.page.getByLabel('Password', { exact: true }).fill(password);
    await this.page.getByRole('button', { name: submit, exact: true }).click();
    await this.isLive();
  }

  async isLive(): Promise<void> {
    await expect(this.connection).toHaveAttribute('data-status', 'live');
  }

  get connection(): Locator {
    return this.page.getByTestId('connection');
  }

  get composer(): Locator {
    return this.page.getByRole('textbox', { name: 'Message', exact: true });
  }

  get list(): Locator {
    return this.page.getByRole('navigation', { name: 'Conversations' });
  }

  conversation(title: string): Locator {
    return this.list.getByRole('link', { name: title });
  }

  /** The texts of the thread, in order. */
  get contents(): Locator {
    return this.page.getByTestId('content');
  }

  message(content: string): Locator {
    return this.page.getByRole('article').filter({ hasText: content });
  }

  /** The first, second … answer of the thread. */
  answer(number: number): Locator {
    return this.page.locator('article[data-role=assistant]').nth(number - 1);
  }

  async stop(): Promise<void> {
    await this.page.getByRole('button', { name: 'Stop the answer' }).click();
  }

  async askAgain(message: Locator): Promise<void> {
    await message.hover();
    await message.getByRole('button', { name: 'Regenerate' }).click();
  }

  async write(content: string): Promise<void> {
    await this.composer.fill(content);
    await this.composer.press('Enter');
  }

  /** Begins a conversation from the start page. */
  async begin(content: string): Promise<void> {
    await this.page.getByRole('button', { name: 'New conversation' }).click();
    await this.write(content);
    await expect(this.page).toHaveURL(/\/c\//);
    await expect(this.message(content)).not.toHaveAttribute('data-pending');
  }

  async openConversation(title: string): Promise<void> {
    await this.conversation(title).click();
    await expect(this.page.getByTestId('title')).toHaveText(title);
  }

  async rename(title: string, to: string): Promise<void> {
    await this.choose(title, 'Rename');
    await this.titleField.fill(to);
    await this.titleField.press('Enter');
  }

  async deleteConversation(title: string): Promise<void> {
    await this.choose(title, 'Delete');
    await expect(this.conversation(title)).toHaveCount(0);
  }

  get titleField(): Locator {
    return this.page.getByRole('textbox', { name: 'Title' });
  }

  get undo(): Locator {
    return this.page.getByRole('button', { name: 'Undo' });
  }

  private async choose(title: string, action: string): Promise<void> {
    await this.page.getByRole('button', { name: `Actions for “${title}”` }).click();
    await this.page.getByRole('menuitem', { name: action }).click();
  }

  async editMessage(content: string, to: string): Promise<void> {
    const message = this.message(content);
    await message.hover();
    await message.getByRole('button', { name: 'Edit message' }).click();
    const editor = this.page.getByRole('textbox', { name: 'Edit the message' });
    await editor.fill(to);
    await editor.press('Enter');
  }

  async deleteMessage(content: string): Promise<void> {
    const message = this.message(content);
    await message.hover();
    await message.getByRole('button', { name: 'Delete message' }).click();
    await expect(message).toHaveCount(0);
  }

  /** An answer that another program writes into the conversation that is open here. */
  async openAnswer(): Promise<Producing> {
    const conversation_id = this.page.url().split('/c/')[1];
    const message = { conversation_id, role: 'assistant', content: '', status: 'streaming' };
    const { id } = await this.post('/messages', message);
    return {
      append: async (text) => {
        await this.post(`/messages/${id}/append`, { text });
      },
      finish: async () => {
        await this.post(`/messages/${id}/finish`, {});
      },
    };
  }

  /** Messages that another program writes into the conversation that is open here, while nobody looks. */
  async fill(contents: readonly string[]): Promise<void> {
    const url = this.page.url();
    const { access } = await this.page.evaluate(
      () => JSON.parse(localStorage.getItem('bitworks.tokens') ?? '') as { access: string },
    );
    await this.page.goto('about:blank');
    const headers = { authorization: `Bearer ${access}` };
    for (const content of contents) {
      const data = { conversation_id: url.split('/c/')[1], role: 'user', content };
      expect((await this.page.request.post(`${new URL(url).origin}/messages`, { headers, data })).ok()).toBe(
        true,
      );
    }
    await this.page.goto(url);
    await this.isLive();
  }

  /** What the server holds of the conversation that is open here. */
  history(): Promise<Message[]> {
    return this.ask('GET', `/messages/${this.page.url().split('/c/')[1]}`);
  }

  /** How it says that a model is given that conversation. */
  context(): Promise<Context> {
    return this.ask('GET', `/context/${this.page.url().split('/c/')[1]}`);
  }

  post(path: string, body: object): Promise<{ id: string }> {
    return this.ask('POST', path, body);
  }

  ask<Answer>(method: string, path: string, body?: object): Promise<Answer> {
    return this.page.evaluate(
      async ([method, path, body]) => {
        const kept = JSON.parse(localStorage.getItem('bitworks.tokens') ?? '') as { access: string };
        const headers = { authorization: `Bearer ${kept.access}`, 'content-type': 'application/json' };
        const answer = await fetch(path, { method, headers, body: body ? JSON.stringify(body) : null });
        if (!answer.ok) throw new Error(await answer.text());
        return (answer.status === 204 ? undefined : await answer.json()) as Answer;
      },
      [method, path, body] as const,
    );
  }

  async signOut(): Promise<void> {
    await this.page.getByRole('button', { name: 'Account' }).click();
    await this.page.getByRole('menuitem', { name: 'Sign out', exact: true }).click();
  }
}
