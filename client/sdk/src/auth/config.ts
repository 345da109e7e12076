import type { Config } from '../wire/contract.js';
import { BAD_ANSWER, BitworksError } from '../wire/failure.js';
import { isJson, isText } from '../wire/json.js';
import { createRest } from '../wire/rest.js';

/** What a server tells before anybody has signed in. `url` as for `createAuth`. Throws `BitworksError`. */
export async function readConfig(url: string, fetch?: typeof globalThis.fetch): Promise<Config> {
  const answer = await createRest(url, fetch)({ method: 'GET', path: '/config' });
  if (!isConfig(answer)) throw new BitworksError(BAD_ANSWER);
  return answer;
}

function isConfig(value: unknown): value is Config {
  return isJson(value) && ['site_name', 'registration', 'replies'].every((field) => isText(value[field]));
}
