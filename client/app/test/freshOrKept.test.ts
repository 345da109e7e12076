import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { freshOrKept } from '../worker/freshOrKept';

const PATIENCE = 3_000;
const KEPT = new Response('kept');
const never = new Promise<Response>(() => undefined);

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function chosen(fresh: Promise<Response>): Promise<Response> {
  return freshOrKept(fresh, () => Promise.resolve(KEPT), PATIENCE);
}

test('what the server answers in time is taken, refusals and redirections too', async () => {
  for (const status of [200, 304, 404]) {
    const answer = new Response(null, { status });
    expect(await chosen(Promise.resolve(answer))).toBe(answer);
  }
  // As the browser gives a redirection to a worker: without a status.
  const redirection = Response.error();
  expect(await chosen(Promise.resolve(redirection))).toBe(redirection);
});

test('what was kept is taken where the server, or what stands before it, is out of order', async () => {
  for (const status of [500, 502, 503]) {
    expect(await chosen(Promise.resolve(new Response(null, { status })))).toBe(KEPT);
  }
});

test('what was kept is taken without a network', async () => {
  expect(await chosen(Promise.reject(new TypeError('Failed to fetch')))).toBe(KEPT);
});

test('what was kept is taken once patience is over, and not before', async () => {
  let taken: Response | undefined;
  void chosen(never).then((answer) => (taken = answer));
  await vi.advanceTimersByTimeAsync(PATIENCE - 1);
  expect(taken).toBeUndefined();
  await vi.advanceTimersByTimeAsync(1);
  expect(taken).toBe(KEPT);
});

test('where nothing was kept the server’s word is waited for, whatever it is', async () => {
  const late = new Response('late');
  const fresh = new Promise<Response>((resolve) => setTimeout(() => resolve(late), 2 * PATIENCE));
  const answer = freshOrKept(fresh, () => Promise.resolve(undefined), PATIENCE);
  await vi.advanceTimersByTimeAsync(2 * PATIENCE);
  expect(await answer).toBe(late);
  const broken = new Response(null, { status: 503 });
  expect(await freshOrKept(Promise.resolve(broken), () => Promise.resolve(undefined), PATIENCE)).toBe(broken);
});
