import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test as base } from './server.js';

const DIST = fileURLToPath(new URL('../app/dist', import.meta.url));
/** A name with a hash of what it names. */
const HASHED = /-([\w-]{8})\.(js|css)$/;

/** Tests with a server that serves a build of its own, which may be followed by another. */
export const test = base.extend<{ nextBuild: () => Promise<void> }>({
  dist: async ({ browserName }, use) => {
    const dist = await mkdtemp(join(tmpdir(), `bitworks-dist-${browserName}-`));
    await cp(DIST, dist, { recursive: true });
    await use(dist);
    await rm(dist, { recursive: true });
  },
  nextBuild: ({ dist }, use) => use(() => rename(dist ?? '')),
});

/** Makes the next version of a build: nothing that had a hash in its name is there under that name any more. */
async function rename(dist: string): Promise<void> {
  const page = await readFile(join(dist, 'index.html'), 'utf8');
  const build = /name="build" content="(\w+)"/.exec(page)?.[1] ?? '';
  const names = (await readdir(join(dist, 'assets'))).filter((name) => HASHED.test(name));
  const renamed = (text: string) =>
    names.reduce((all, name) => all.replaceAll(name, next(name)), text.replaceAll(build, reversed(build)));
  for (const name of names) {
    await replace(join(dist, 'assets', name), join(dist, 'assets', next(name)), renamed);
    for (const form of ['gz', 'br']) await rm(join(dist, 'assets', `${name}.${form}`));
  }
  for (const name of ['index.html', 'sw.js']) await replace(join(dist, name), join(dist, name), renamed);
}

async function replace(from: string, to: string, change: (text: string) => string): Promise<void> {
  const text = await readFile(from, 'utf8');
  await rm(from);
  await writeFile(to, change(text));
}

function next(name: string): string {
  return name.replace(HASHED, (_, hash: string, kind: string) => `-${reversed(hash)}.${kind}`);
}

function reversed(hash: string): string {
  return Array.from(hash).reverse().join('');
}
