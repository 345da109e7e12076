import type { Locator, Page, Route } from '@playwright/test';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import type { Account } from './device.js';

const ROOT = fileURLToPath(new URL('../examples/assistant-ui', import.meta.url));

/** What a build of the example is made of, by path. */
type Files = ReadonlyMap<string, string | Uint8Array>;

export async function buildExample(): Promise<Files> {
  const built = await build({ root: ROOT, logLevel: 'silent', build: { write: false } });
  if (Array.isArray(built) || !('output' in built)) throw new Error('One bundle was to be built.');
  return new Map(
    built.output.map((file) => [`/${file.fileName}`, file.type === 'chunk' ? file.code : file.source]),
  );
}

/** One tab with the chat of assistant-ui's components, and what a person does in it. */
export class Example {
  readonly page: Page;

  private constructor(page: Page) {
    this.page = page;
  }

  /** In place of the app, under the server's own policy; everything else is the server's. */
  static async signIn(page: Page, files: Files, { email, password }: Account): Promise<Example> {
    const example = new Example(page);
    await page.route(
      ({ pathname }) => pathname === '/' || files.has(pathname),
      (route) => serve(route, files),
    );
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

async function serve(route: Route, files: Files): Promise<void> {
  const { pathname } = new URL(route.request().url());
  if (pathname !== '/')
    return route.fulfill({ body: bodyOf(files, pathname), contentType: 'text/javascript' });
  const policy = (await route.fetch()).headers()['content-security-policy'] ?? '';
  const headers = { 'content-security-policy': policy };
  await route.fulfill({ body: bodyOf(files, '/index.html'), contentType: 'text/html', headers });
}

function bodyOf(files: Files, path: string): Buffer {
  return Buffer.from(files.get(path) ?? '');
}
