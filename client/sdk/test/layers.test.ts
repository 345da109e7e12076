import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';

const SRC = new URL('../src/', import.meta.url).pathname;

/** What each folder may import besides itself. What stands in none, the client and the index, puts all of them together. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  wire: [],
  state: ['wire'],
  outbox: ['wire', 'state'],
  reads: ['wire', 'state'],
  connection: ['wire', 'state'],
  archive: ['wire', 'state'],
  auth: ['wire'],
};
const ROOT = '.';

/** By module, below `src`: the modules that it imports or exports from, for their types alone too. */
const imports = new Map(
  readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => [name, importsOf(name)]),
);

function importsOf(name: string): string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(join(SRC, name), 'utf8'));
  return importedFiles
    .filter(({ fileName }) => fileName.startsWith('.'))
    .map(({ fileName }) => relative(SRC, resolve(SRC, dirname(name), fileName.replace(/\.js$/, '.ts'))));
}

/** The modules of a cycle that is reached from the last of `path`, in order; undefined when there is none. */
function cycleFrom(path: readonly string[], done: Set<string>): readonly string[] | undefined {
  const name = path.at(-1) ?? '';
  if (path.indexOf(name) < path.length - 1) return path.slice(path.indexOf(name));
  if (done.has(name)) return undefined;
  for (const next of imports.get(name) ?? []) {
    const cycle = cycleFrom([...path, next], done);
    if (cycle) return cycle;
  }
  done.add(name);
  return undefined;
}

test('every module and what it imports is found', () => {
  expect(imports.get('index.ts')).toContain('client.ts');
  expect(imports.get('client.ts')).toContain('wire/answers.ts');
  const missing = [...imports.values()].flat().filter((name) => !imports.has(name));
  expect(missing).toEqual([]);
});

test('no module imports itself by way of others, for types neither', () => {
  const done = new Set<string>();
  const cycle = [...imports.keys()]
    .map((name) => cycleFrom([name], done))
    .find((found) => found !== undefined);
  expect(cycle).toBeUndefined();
});

test('every folder imports only what is below it', () => {
  const against = [...imports].flatMap(([name, targets]) =>
    targets.filter((target) => !mayImport(dirname(name), dirname(target))).map((to) => `${name} -> ${to}`),
  );
  expect(against).toEqual([]);
});

function mayImport(folder: string, target: string): boolean {
  return folder === target || folder === ROOT || (MAY_IMPORT[folder] ?? []).includes(target);
}

test('every folder has its place', () => {
  const folders = new Set([...imports.keys()].map((name) => dirname(name)));
  expect([...folders].sort()).toEqual([ROOT, ...Object.keys(MAY_IMPORT)].sort());
});
