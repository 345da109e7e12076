import { expect, onTestFinished, test, vi } from 'vitest';
import { createRest } from '../../src/wire/rest.js';

const unreachable = () => Promise.reject(new TypeError('Failed to fetch'));

test('a call that reaches nobody says whom it would have reached', async () => {
  const call = createRest('http://localhost:8000', unreachable)({ method: 'GET', path: '/config' });
  await expect(call).rejects.toMatchObject({
    code: 'network',
    message: 'http://localhost:8000/config could not be reached (Failed to fetch).',
  });
});

test.each([
  ['http://localhost:5173', true],
  ['http://localhost:8000', false],
])('a page of %s is told of CORS: %s', async (origin, isTold) => {
  vi.stubGlobal('location', { origin });
  onTestFinished(() => {
    vi.unstubAllGlobals();
  });
  const rest = createRest('http://localhost:8000', unreachable);
  const said = await rest({ method: 'GET', path: '/config' }).catch((error: unknown) => String(error));
  expect(String(said).includes(`its CORS_ORIGINS has to name ${origin}`)).toBe(isTold);
});
