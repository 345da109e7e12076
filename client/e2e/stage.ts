import { randomUUID } from 'node:crypto';
import { expect, type Browser, type BrowserContextOptions, type Page } from '@playwright/test';
import { en } from '../app/src/i18n/en';
import { es } from '../app/src/i18n/es';
import { SCRIPTS, type Script } from './scripts.js';

/** How the app looks to somebody. */
export interface Look extends BrowserContextOptions {
  readonly colorScheme: 'light' | 'dark';
  readonly locale: 'en-US' | 'es-MX';
}

interface Created {
  readonly id: string;
}

/** One person’s page in one look, found by the words of its language, and what is played on it. */
export class Stage {
  readonly page: Page;
  readonly words: typeof en | typeof es;
  readonly script: Script;
  private access = '';

  private constructor(page: Page, { locale }: Look) {
    this.page = page;
    const isSpanish = locale === 'es-MX';
    this.words = isSpanish ? es : en;
    this.script = isSpanish ? SCRIPTS.es : SCRIPTS.en;
  }

  static async open(browser: Browser, look: Look): Promise<Stage> {
    // What is still fading in has no contrast of its own yet.
    const context = await browser.newContext({ reducedMotion: 'reduce', ...look });
    const stage = new Stage(await context.newPage(), look);
    await stage.page.goto('/');
    return stage;
  }

  button(name: string) {
    return this.page.getByRole('button', { name, exact: true });
  }

  async press(name: string): Promise<void> {
    await this.button(name).click();
  }

  /** A new account, signed in here. */
  async register(): Promise<void> {
    const { signIn, register } = this.words;
    await this.page.getByLabel(signIn.email).fill(`ana.${randomUUID().slice(0, 4)}@example.org`);
    await this.page.getByLabel(signIn.password, { exact: true }).fill('correct horse');
    await this.press(register.submit);
    await this.isLive();
    this.access = await this.page.evaluate(
      () => (JSON.parse(localStorage.getItem('bitworks.tokens') ?? '') as { access: string }).access,
    );
  }

  async isLive(): Promise<void> {
    await expect(this.page.getByTestId('connection')).toHaveAttribute('data-status', 'live');
  }

  /** What another program does for the same person. */
  async post(path: string, data: object): Promise<Created> {
    const headers = { authorization: `Bearer ${this.access}` };
    const url = new URL(path, this.page.url()).href;
    const answer = await this.page.request.post(url, { headers, data });
    expect(answer.ok(), await answer.text()).toBe(true);
    return (await answer.json()) as Created;
  }

  /** A conversation with a question and an answer, opened. */
  async converse(): Promise<Created> {
    const { titles, question, answer } = this.script;
    for (const title of titles) await this.post('/conversations', { title });
    const conversation = await this.post('/conversations', { title: this.script.title });
    const said = { conversation_id: conversation.id };
    await this.post('/messages', { ...said, role: 'user', content: question });
    await this.post('/messages', { ...said, role: 'assistant', content: answer });
    await this.page.goto(`/c/${conversation.id}`);
    await this.isLive();
    await expect(this.page.locator('.hljs-keyword').first()).toBeVisible();
    return conversation;
  }
}
