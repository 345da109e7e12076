// Writes sdk/src/wire/contract.ts from the JSON Schema that the server makes from its own models.
import { readFile, writeFile } from 'node:fs/promises';
import { compile } from 'json-schema-to-typescript';

const source = new URL('../../docs/contract.schema.json', import.meta.url);
const target = new URL('../sdk/src/wire/contract.ts', import.meta.url);

const { $defs } = JSON.parse(await readFile(source, 'utf8'));
const schema = {
  title: 'Contract',
  type: 'object',
  additionalProperties: false,
  properties: Object.fromEntries(Object.keys($defs).map((name) => [name, { $ref: `#/$defs/${name}` }])),
  $defs: Object.fromEntries(
    Object.entries($defs).map(([name, def]) => [name, withoutTitles({ ...def, title: name })]),
  ),
};

const types = await compile(schema, 'Contract', {
  additionalProperties: false,
  bannerComment: '// Made by `npm run generate` from docs/contract.schema.json: change that, not this.',
  style: { singleQuote: true, printWidth: 110 },
});
await writeFile(target, types);

/** Titles of fields would become a type of their own each; only those of records and inputs are wanted. */
function withoutTitles(def) {
  return { ...def, properties: mapValues(def.properties ?? {}, dropTitle) };
}

function dropTitle(value) {
  if (Array.isArray(value)) return value.map(dropTitle);
  if (value === null || typeof value !== 'object') return value;
  const kept = Object.entries(value).filter(([key]) => key !== 'title' || typeof value.title !== 'string');
  return mapValues(Object.fromEntries(kept), dropTitle);
}

function mapValues(object, map) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
}
