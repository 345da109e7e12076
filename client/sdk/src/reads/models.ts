import { BAD_ANSWER, BitworksError, failed, failureOf, type Outcome } from '../wire/failure.js';
import { hasId, isListOf } from '../wire/json.js';
import type { Rest } from '../wire/rest.js';

/** What `parameters.model` may be. Servers may say more of a model than its id. */
export interface Model {
  readonly id: string;
  readonly [field: string]: unknown;
}

/** Reads which models there are. `call` brings its token. */
export async function readModels(call: Rest): Promise<Outcome<Model[]>> {
  try {
    const models = await call({ method: 'GET', path: '/models' });
    if (!isListOf(models, hasId)) throw new BitworksError(BAD_ANSWER);
    return { ok: true, data: models };
  } catch (error) {
    return failed(failureOf(error));
  }
}
