import type { Browser, BrowserContext } from '@playwright/test';
import { Device, type Account } from './device.js';

export interface ThreeDevices {
  /** Two tabs of one browser. */
  readonly first: Device;
  readonly second: Device;
  /** Another browser. */
  readonly other: Device;
  readonly all: readonly Device[];
  readonly home: BrowserContext;
  readonly away: BrowserContext;
  readonly account: Account;
}

/** Two tabs of one browser and another browser, all of one person, with one conversation open in each. */
export async function threeDevices(browser: Browser, title: string): Promise<ThreeDevices> {
  const home = await browser.newContext();
  const away = await browser.newContext();
  const { device: first, account } = await Device.register(home);
  await first.begin(title);
  const second = await Device.open(home, new URL(first.page.url()).pathname);
  const other = await Device.signIn(away, account);
  await other.openConversation(title);
  return { first, second, other, all: [first, second, other], home, away, account };
}
