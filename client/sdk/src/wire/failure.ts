/** One field of the input and what was expected of it. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/**
 * Why something was not done. `code` is one of the server's closed list, or one of what only a client sees:
 * `timeout` (no answer; it may have happened), `disconnected` (the socket closed first; it may have happened),
 * `network` (no server was reached), `bad_answer` (the answer was not what the contract says), `signed_out`.
 */
export interface Failure {
  readonly code: string;
  readonly detail: string;
  readonly retryable: boolean;
  readonly errors?: readonly FieldError[];
  /** With `stale`: the record as it is now. */
  readonly current?: unknown;
  /** With `rate_limited`: seconds to wait. */
  readonly retryAfter?: number;
}

/** A request has three outcomes: ok, error, timeout. The last two are failures. */
export type Outcome<T> =
  { readonly ok: true; readonly data: T } | { readonly ok: false; readonly failure: Failure };

/** A failure, thrown: by the REST calls and by `getToken`. */
export class BitworksError extends Error {
  override readonly name = 'BitworksError';
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.detail);
    this.failure = failure;
  }

  get code(): string {
    return this.failure.code;
  }
}

/** The failure inside whatever was thrown. */
export function failureOf(error: unknown): Failure {
  if (error instanceof BitworksError) return error.failure;
  // As an `AbortSignal.timeout` has it.
  if (error instanceof Error && error.name === 'TimeoutError') return TIMEOUT;
  return { code: 'network', detail: error instanceof Error ? error.message : String(error), retryable: true };
}

/** Whether a refusal says that there is no such thing, or no more. */
export function isAbsence({ code }: Failure): boolean {
  return code === 'not_found' || code === 'deleted';
}

/** The outcome of what was not done. */
export function failed(failure: Failure): { readonly ok: false; readonly failure: Failure } {
  return { ok: false, failure };
}

function known(code: string, detail: string, retryable = false): Failure {
  return { code, detail, retryable };
}

/** There is no sign-in, or none any more. */
export const SIGNED_OUT = known('signed_out', 'Not signed in.');
/** No answer came in time; it may have happened. */
export const TIMEOUT = known('timeout', 'No answer in time.', true);
/** The socket closed first; it may have happened. */
export const DISCONNECTED = known('disconnected', 'Connection lost.', true);
/** What was written to is deleted. */
export const GONE = known('deleted', 'The record is deleted.');
/** An answer came that the contract does not know. */
export const BAD_ANSWER = known('bad_answer', 'Not a valid answer.');
