import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
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

/** What of an element is shown or read to people. */
const READ = new Set([
  'alt',
  'aria-label',
  'aria-description',
  'description',
  'label',
  'placeholder',
  'title',
]);

/** The words that a component brings itself, instead of from a catalogue. */
function wordsIn(component: string): string[] {
  const file = ts.createSourceFile(
    'component.tsx',
    component,
    ts.ScriptTarget.Latest,
    true,
    ts.ScriptKind.TSX,
  );
  const found: string[] = [];
  (function visit(node: ts.Node): void {
    const text =
      ts.isJsxText(node) || (ts.isStringLiteralLike(node) && isShown(node)) ? node.text.trim() : '';
    if (/\p{L}/u.test(text)) found.push(text);
    ts.forEachChild(node, visit);
  })(file);
  return found;
}

/** Whether a string stands between tags, or in an attribute that is read. */
function isShown(literal: ts.StringLiteralLike): boolean {
  const place = ts.isJsxExpression(literal.parent) ? literal.parent.parent : literal.parent;
  if (ts.isJsxAttribute(place)) return READ.has(place.name.getText());
  return ts.isJsxElement(place) || ts.isJsxFragment(place);
}

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
  expect(source.flatMap(wordsIn)).toEqual([]);
});

test('words between tags and in what is read aloud are found, wherever they stand', () => {
  expect(wordsIn('<p>Hello <b>there</b></p>')).toEqual(['Hello', 'there']);
  expect(wordsIn("<p>{'Hello'}</p>")).toEqual(['Hello']);
  expect(wordsIn('<button aria-label="Close" className="round" />')).toEqual(['Close']);
  expect(wordsIn('<Field label={\'Name\'} name="name" />')).toEqual(['Name']);
  expect(wordsIn("<p title={t('close')}>{t('hello')} · {count}</p>")).toEqual([]);
});
