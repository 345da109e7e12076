import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { en } from '../src/i18n/en';
import { es } from '../src/i18n/es';

function textsOf(catalogue: object, path = ''): Map<string, string> {
  return new Map(
    Object.entries(catalogue).flatMap(([key, value]: [string, unknown]) =>
      typeof value === 'string'
        ? [[path + key, value] as const]
        : [...textsOf(value ?? {}, `${path}${key}.`)],
    ),
  );
}

function gapsOf(text: string): string[] {
  return [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1] ?? '').sort();
}

const source = readdirSync(join(import.meta.dirname, '../src'), { recursive: true, withFileTypes: true })
  .filter((entry) => /\.tsx?$/.test(entry.name) && !entry.parentPath.endsWith('i18n'))
  .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));

test('both languages have the same texts with the same gaps', () => {
  const [english, spanish] = [textsOf(en), textsOf(es)];
  expect([...spanish.keys()]).toEqual([...english.keys()]);
  for (const [key, text] of english)
    expect([key, gapsOf(spanish.get(key) ?? '')]).toEqual([key, gapsOf(text)]);
});

test('every text is used', () => {
  const used = source.join('\n');
  const isUsed = (key: string) =>
    used.includes(`'${key}'`) ||
    /\.(live|user|assistant|system|tool)$|_(one|other)$/.test(key) ||
    isUsedByName(key);
  const isUsedByName = (key: string) => {
    const group = key.slice(0, key.lastIndexOf('.'));
    return used.includes(`\`${group}.\${`) || group === 'failure';
  };
  expect([...textsOf(en).keys()].filter((key) => !isUsed(key))).toEqual([]);
});

test('no component has words of its own', () => {
  const between = />\s*([A-Za-zÁÉÍÓÚáéíóúñ¿¡][^<>{}=;()]*)\s*<\//g;
  const found = source.flatMap((text) => [...text.matchAll(between)].map((match) => match[1]));
  expect(found).toEqual([]);
});
