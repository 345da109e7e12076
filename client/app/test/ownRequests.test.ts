import { expect, test } from 'vitest';
import { ownRequest } from '../worker/ownRequests';

const HOME = 'https://chat.example.org';

function own(path: string, { method = 'GET', mode = 'cors' } = {}): 'page' | 'asset' | undefined {
  return ownRequest({ method, mode, url: new URL(path, HOME).href }, HOME);
}

test('where the app shows itself, its page is the worker’s to answer', () => {
  const addresses = [
    '/',
    '/?from=home',
    '/c/01890a5d-0000-7000-8000-00000000ffff',
    '/c/one/',
    '/login',
    '/register/',
  ];
  for (const address of addresses)
    expect([address, own(address, { mode: 'navigate' })]).toEqual([address, 'page']);
});

test('what the build named is the worker’s to answer', () => {
  expect(own('/assets/index-DJ5ExqSa.js')).toBe('asset');
  expect(own('/assets/KaTeX_Main-Regular-B22Nviop.woff2', { mode: 'cors' })).toBe('asset');
});

test('the API, its sockets and its pages are none of the worker’s business', () => {
  const api = ['/auth/verify', '/conversations/me', '/messages/m1', '/context/c1/window', '/changes?since=0'];
  const beside = [
    '/models',
    '/healthz',
    '/readyz',
    '/openapi.json',
    '/socket.io/?EIO=4',
    '/sw.js',
    '/manifest.webmanifest',
  ];
  for (const address of [...api, ...beside]) expect([address, own(address)]).toEqual([address, undefined]);
  for (const address of ['/docs', '/openapi.json', '/conversations/me', '/c/one/two'])
    expect([address, own(address, { mode: 'navigate' })]).toEqual([address, undefined]);
  expect(own('/docs-assets/swagger-ui.css')).toBeUndefined();
});

test('nothing that is written, and nothing from elsewhere, is the worker’s business', () => {
  expect(own('/assets/index-DJ5ExqSa.js', { method: 'POST' })).toBeUndefined();
  expect(own('https://elsewhere.example/assets/index-DJ5ExqSa.js')).toBeUndefined();
});
