import type { Page, Route } from '@playwright/test';
import { build, type InlineConfig } from 'vite';

/** What a build is made of, by path. */
export type Files = ReadonlyMap<string, string | Uint8Array>;

export async function bundle(config: InlineConfig): Promise<Files> {
  const built = await build({ ...config, logLevel: 'silent', build: { write: false, target: 'es2022' } });
  if (Array.isArray(built) || !('output' in built)) throw new Error('One bundle was to be built.');
  return new Map(
    built.output.map((file) => [`/${file.fileName}`, file.type === 'chunk' ? file.code : file.source]),
  );
}

/** A page of one's own in place of the app, under the server's own policy; everything else is the server's. */
export async function standIn(page: Page, files: Files): Promise<void> {
  await page.route(
    ({ pathname }) => pathname === '/' || files.has(pathname),
    (route) => serve(route, files),
  );
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
