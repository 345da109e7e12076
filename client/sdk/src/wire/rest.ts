import { readFailure } from './answers.js';
import { BitworksError, failureOf, type Failure } from './failure.js';
import { isJson } from './json.js';

/** One call: `path` begins with a slash. */
export interface RestRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: object;
  readonly token?: string;
}

/** One call over HTTP. Answers with the body, undefined for 204; throws a `BitworksError` for everything else. */
export type Rest = (request: RestRequest) => Promise<unknown>;

/** Milliseconds after which an answer is not waited for any longer. */
const ANSWER_TIMEOUT = 15_000;

/** `url` is that of the server, without a slash at its end. */
export function createRest(url: string, fetch: typeof globalThis.fetch = globalThis.fetch): Rest {
  return async ({ method, path, body, token }) => {
    const address = url + path;
    const response = await reach(address, () =>
      fetch(address, {
        method,
        headers: {
          ...(body && { 'Content-Type': 'application/json' }),
          ...(token !== undefined && { Authorization: `Bearer ${token}` }),
        },
        ...(body && { body: JSON.stringify(body) }),
        // What was deleted last is deleted even where the page goes meanwhile.
        keepalive: method === 'DELETE',
        signal: AbortSignal.timeout(ANSWER_TIMEOUT),
      }),
    );
    const answer = await reach(address, () => parse(response));
    if (!response.ok) throw new BitworksError(problem(response, answer));
    return answer;
  };
}

async function reach<T>(address: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    const failure = failureOf(error);
    if (failure.code !== 'network') throw new BitworksError(failure);
    throw new BitworksError({ ...failure, detail: unreached(address, failure.detail) });
  }
}

/** Browsers do not tell why: a server that is not there looks like one that does not know the page's origin. */
function unreached(address: string, why: string): string {
  const said = `${address} could not be reached (${why}).`;
  const here = typeof location === 'undefined' ? undefined : location.origin;
  if (here === undefined || originOf(address, here) === here) return said;
  return `${said} If the server runs, CORS is the likely cause: its CORS_ORIGINS has to name ${here}.`;
}

function originOf(address: string, here: string): string | undefined {
  try {
    return new URL(address, here).origin;
  } catch {
    return undefined;
  }
}

async function parse(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === '') return undefined;
  const type = response.headers.get('Content-Type') ?? '';
  return type.includes('json') ? (JSON.parse(text) as unknown) : undefined;
}

/** An answer that is not a problem document comes from something in between: a proxy, most likely. */
function problem(response: Response, answer: unknown): Failure {
  if (!isJson(answer))
    return { code: 'unavailable', detail: response.statusText, retryable: response.status >= 500 };
  const wait = Number(response.headers.get('Retry-After') ?? Number.NaN);
  return { ...readFailure(answer), ...(Number.isFinite(wait) && { retryAfter: wait }) };
}
