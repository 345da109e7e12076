import { expect, test } from 'vitest';
import { languageTag } from '../src/i18n/languageTag';

test.each([
  ['es-MX', 'es-MX'],
  ['en', 'en'],
  ['en-US@posix', 'en-US'],
  ['es_ES.UTF-8', 'es-ES'],
  ['c', 'en'],
  ['', 'en'],
])('a browser that names its language %j is spoken to in %j', (named, tag) => {
  expect(languageTag(named)).toBe(tag);
  expect(() => new Intl.DateTimeFormat(languageTag(named))).not.toThrow();
});
