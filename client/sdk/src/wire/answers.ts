/** From what acknowledges a request to what the rest of the SDK understands. */

import { BAD_ANSWER, failed, type Failure, type FieldError } from './failure.js';
import { isJson, isNumber, isText } from './json.js';
import { readReply, type Reply } from './reply.js';

/** An answer to a request, as it came: `data` is still unknown. */
export type Answer =
  | {
      readonly ok: true;
      readonly data: unknown;
      readonly revision: number | undefined;
      readonly next: unknown;
      /** The answer to come, when a reply was asked for. */
      readonly reply?: Reply;
    }
  | { readonly ok: false; readonly failure: Failure };

/** Sends one request by the contract's own name. Never rejects; no answer is a failure like any other. */
export type Request = (event: string, input: object) => Promise<Answer>;

/** Reads an acknowledgement. One that is neither ok nor an error is a failure of its own. */
export function readAnswer(answer: unknown): Answer {
  if (!isJson(answer)) return failed(BAD_ANSWER);
  if (answer['ok'] !== true) return failed(readFailure(answer['error']));
  const revision = isNumber(answer['revision']) ? answer['revision'] : undefined;
  const reply = readReply(answer['reply']);
  return { ok: true, data: answer['data'], revision, next: answer['next'], ...(reply && { reply }) };
}

/** Reads an error, of an acknowledgement or of `application/problem+json`. */
export function readFailure(error: unknown): Failure {
  if (!isJson(error) || !isText(error['code'])) return BAD_ANSWER;
  return {
    code: error['code'],
    detail: isText(error['detail']) ? error['detail'] : error['code'],
    retryable: error['retryable'] === true,
    ...(Array.isArray(error['errors']) && { errors: error['errors'].filter(isFieldError) }),
    ...('current' in error && { current: error['current'] }),
  };
}

function isFieldError(value: unknown): value is FieldError {
  return isJson(value) && isText(value['field']) && isText(value['message']);
}
