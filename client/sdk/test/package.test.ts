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
const PAGE = join(CLIENT, '..', 'docs', 'sdk.md');
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
  for (const name of PACKAGES) await copyExamples(join(CLIENT, name, 'README.md'), `${name}Readme`);
  await copyExamples(PAGE, 'sdkPage');
}, 120_000);
afterAll(() => rm(project, { recursive: true }));

/** What a page tells people to write is compiled with the rest: all of a kind as one module, in the page's order. */
async function copyExamples(page: string, name: string): Promise<void> {
  const text = await readFile(page, 'utf8');
  for (const kind of ['ts', 'tsx']) {
    const blocks = text.matchAll(new RegExp(`^\`\`\`${kind}\n(.*?)^\`\`\`$`, 'gms'));
    const code = Array.from(blocks, ([, block]) => block).join('\n');
    await mkdir(join(project, 'src', kind), { recursive: true });
    if (code !== '') await writeFile(join(project, 'src', kind, `${name}.${kind}`), code);
  }
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
    expect((await readdir(place)).sort()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json']);
    const files = await readdir(join(place, 'dist'));
    expect(files).toEqual(expect.arrayContaining(['index.js', 'index.d.ts']));
    expect(await readFile(join(place, 'dist', 'index.js'), 'utf8')).toMatch(/^export /m);
  }
});

test('a package says what it is, whence it is used, and how it is installed', async () => {
  for (const name of PACKAGES) {
    const place = join(project, 'node_modules', '@bitworks', name);
    const about = JSON.parse(await readFile(join(place, 'package.json'), 'utf8')) as About;
    expect(about).toMatchObject({
      name: `@bitworks/${name}`,
      license: 'MIT',
      type: 'module',
      files: ['dist'],
    });
    for (const field of [about.version, about.description, about.engines.node, about.keywords[0]])
      expect(field).toMatch(/./);
    const { types, default: entry } = about.exports['.'];
    for (const file of [types, entry]) expect(await readFile(join(place, file), 'utf8')).toMatch(/./);
    expect(await readFile(join(place, 'README.md'), 'utf8')).toMatch(/npm install .*bitworks-/);
  }
});

interface About {
  readonly version: string;
  readonly description: string;
  readonly engines: { readonly node: string };
  readonly keywords: readonly string[];
  readonly exports: { readonly '.': { readonly types: string; readonly default: string } };
}

test('what was built is what there are sources of, each as code, types and a map that carries its source', async () => {
  for (const name of PACKAGES) {
    const dist = join(project, 'node_modules', '@bitworks', name, 'dist');
    const sources = (await readdir(join(CLIENT, name, 'src'), { recursive: true })).filter((file) =>
      /\.tsx?$/.test(file),
    );
    const built = sources.flatMap((file) =>
      ['js', 'js.map', 'd.ts'].map((kind) => file.replace(/tsx?$/, kind)),
    );
    const packed = (await readdir(dist, { recursive: true })).filter((file) => file.includes('.'));
    expect(packed.sort()).toEqual(built.sort());
    expect(await readFile(join(dist, 'index.js.map'), 'utf8')).toContain('"sourcesContent"');
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
