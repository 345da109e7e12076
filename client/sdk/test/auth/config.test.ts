import { expect, test } from 'vitest';
import { readConfig } from '../../src/auth/config.js';

const CONFIG = {
  version: '1.0.0',
  site_name: 'Notas de Ana',
  registration: 'closed',
  password_login: true,
  replies: 'demo',
};

function answering(body: unknown): typeof globalThis.fetch {
  const headers = { 'Content-Type': 'application/json' };
  return () => Promise.resolve(new Response(JSON.stringify(body), { headers }));
}

test('what a server says of itself is read, with what a later server adds', async () => {
  const later = { ...CONFIG, sharing: true };
  expect(await readConfig('', answering(later))).toEqual(later);
});

test('what is no configuration is refused, and not shown as one', async () => {
  await expect(readConfig('', answering({ site_name: 'x' }))).rejects.toMatchObject({ code: 'bad_answer' });
});

test('a server that cannot be reached is said to be that', async () => {
  const fetch = () => Promise.reject(new TypeError('no route'));
  await expect(readConfig('', fetch)).rejects.toMatchObject({ code: 'network' });
});
