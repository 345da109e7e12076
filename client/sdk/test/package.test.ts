import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** In the order in which they build upon each other. */
const PACKAGES = ['sdk', 'react', 'assistant-ui'];
const run = promisify(execFile);
const CLIENT = new URL('../../', import.meta.url).pathname;
const PROJECT = new URL('./freshProject/', import.meta.url).pathname;
/** Below node_modules, so that what the packages depend on is found without a network. */
const ROOM = join(CLIENT, 'node_modules', '.fresh');

let project: string;

beforeAll(async () => {
  const workspaces = PACKAGES.flatMap((name) => ['-w', name]);
  await run('npm', ['run', '--silent', 'build', ...workspaces], { cwd: CLIENT });
  await mkdir(ROOM, { recursive: true });
  project = await mkdtemp(join(ROOM, 'project-'));
  await cp(PROJECT, project, { recursive: true });
  for (const name of PACKAGES) await install(name);
  for (const name of PACKAGES) await copyExample(name);
}, 120_000);
afterAll(() => rm(project, { recursive: true }));

/** What the package's page tells people to write is compiled with the rest. */
async function copyExample(name: string): Promise<void> {
  const page = await readFile(join(CLIENT, name, 'README.md'), 'utf8');
  const [, kind, code] = /```(tsx?)\n(.*?)```/s.exec(page) ?? [];
  await writeFile(join(project, 'src', `${name}Readme.${String(kind)}`), String(code));
}

/** What `npm install` of the packed file puts there. */
async function install(name: string): Promise<void> {
  await run('npm', ['pack', '--silent', '-w', name, '--pack-destination', project], { cwd: CLIENT });
  const packed = (await readdir(project)).find((file) => file.startsWith(`bitworks-${name}-`));
  const place = join(project, 'node_modules', '@bitworks', name);
  await mkdir(place, { recursive: true });
  await run('tar', ['-xzf', join(project, String(packed)), '-C', place, '--strip-components', '1']);
}

test('a package holds what was built and what it says, and no sources or tests', async () => {
  for (const name of PACKAGES) {
    const place = join(project, 'node_modules', '@bitworks', name);
    expect((await readdir(place)).sort()).toEqual(['README.md', 'dist', 'package.json']);
    const files = await readdir(join(place, 'dist'));
    expect(files).toEqual(expect.arrayContaining(['index.js', 'index.d.ts']));
    expect(await readFile(join(place, 'dist', 'index.js'), 'utf8')).toMatch(/^export /m);
  }
});

test('a fresh Vite project uses all of them, with their types', async () => {
  const bin = (name: string) => join(CLIENT, 'node_modules', '.bin', name);
  for (const part of ['tsconfig.json', 'tsconfig.assistant-ui.json'])
    await run(bin('tsc'), ['-p', part], { cwd: project });
  await run(bin('vite'), ['build', '--logLevel', 'warn'], { cwd: project });
  const [script] = (await readdir(join(project, 'dist', 'assets'))).filter((file) => file.endsWith('.js'));
  expect(await readFile(join(project, 'dist', 'assets', String(script)), 'utf8')).toContain('message:create');
}, 120_000);
