import { expect, type Page } from '@playwright/test';

/** Waits until the worker has this page, and what the build consists of is kept, the last of it too. */
export async function expectKept(page: Page): Promise<void> {
  await expect.poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
  for (const name of ['Markdown', 'formulas', 'colours', 'ContextPanel', 'AccountDialog'])
    await expect.poll(() => keptAddresses(page)).toContainEqual(expect.stringContaining(`/assets/${name}-`));
}

/** Waits until the browser has a message in its database: changes are gathered for a moment. */
export async function expectWrittenDown(page: Page, text: string): Promise<void> {
  await expect.poll(() => page.evaluate(readThreads)).toContain(text);
}

/** Runs in the page. */
async function readThreads(): Promise<string> {
  const result = <T>(asked: IDBRequest<T>) =>
    new Promise<T>((resolve) => (asked.onsuccess = () => resolve(asked.result)));
  const [{ name = '' } = {}] = await indexedDB.databases();
  const database = await result(indexedDB.open(name));
  const threads = await result(database.transaction('threads').objectStore('threads').getAll());
  database.close();
  return JSON.stringify(threads);
}

/** The paths of all that the browser keeps of the app. */
export function keptAddresses(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const paths: string[] = [];
    for (const name of await caches.keys())
      for (const { url } of await (await caches.open(name)).keys()) paths.push(new URL(url).pathname);
    return paths;
  });
}

/** The builds of which something is kept. */
export async function shelves(page: Page): Promise<string[]> {
  return (await page.evaluate(() => caches.keys())).map((name) => name.split(' ')[1] ?? '');
}

/** The build that a page is of. */
export async function buildOf(page: Page): Promise<string> {
  return (await page.locator('meta[name=build]').getAttribute('content')) ?? '';
}
