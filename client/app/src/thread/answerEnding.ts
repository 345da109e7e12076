import type { Message } from '@bitworks/sdk';

/** How an answer ended that is not simply complete. */
export interface Ending {
  /** The last four ended as complete: what is there is all that came. */
  readonly kind: 'failed' | 'interrupted' | 'stopped' | 'cut' | 'filtered' | 'empty';
  /** Why, for programs and for people, as far as whoever wrote the answer said it. */
  readonly code: string | undefined;
  readonly detail: string | undefined;
  /** From when on asking again may help, in RFC 3339, where the other side said so. */
  readonly retryAt: string | undefined;
  readonly isEmpty: boolean;
}

/** Undefined while it is written, and where there is nothing to be said of its end. */
export function endingOf({ role, status, content, metadata }: Message): Ending | undefined {
  if (role !== 'assistant' || status === 'streaming') return undefined;
  const isEmpty = content.trim() === '';
  const kind = status === 'complete' ? kindOf(metadata, isEmpty) : status;
  return kind && { kind, ...errorOf(metadata['error']), isEmpty };
}

/** Why a model came to an end before its time, by the names that servers have for it. */
const CUT = ['length', 'max_tokens'];
const FILTERED = ['content_filter', 'safety'];

function kindOf(metadata: Message['metadata'], isEmpty: boolean): Ending['kind'] | undefined {
  const reason = String(metadata['finish_reason']).toLowerCase();
  if (CUT.includes(reason)) return 'cut';
  if (FILTERED.includes(reason)) return 'filtered';
  // Whoever calls a tool need not say anything.
  return isEmpty && metadata['tool_calls'] === undefined ? 'empty' : undefined;
}

/** Programs that write answers themselves need not follow the shape that the server's own errors have. */
function errorOf(error: unknown): Pick<Ending, 'code' | 'detail' | 'retryAt'> {
  if (typeof error === 'string') return { code: undefined, detail: error, retryAt: undefined };
  const { code, detail, retry_at: retryAt } = (error ?? {}) as Record<string, unknown>;
  return { code: textOf(code), detail: textOf(detail), retryAt: timeOf(retryAt) };
}

/** What comes between two tries to have an answer that has not begun. */
export interface Retrying {
  readonly code: string | undefined;
  readonly detail: string | undefined;
  /** Which of how many further tries comes next. */
  readonly attempt: number;
  readonly of: number;
  /** When, in RFC 3339. */
  readonly nextAt: string;
}

export function retryingOf({ status, metadata }: Message): Retrying | undefined {
  if (status !== 'streaming') return undefined;
  const reply = (metadata['reply'] ?? {}) as Record<string, unknown>;
  const { state, attempt, of, next_at: nextAt } = reply;
  const time = timeOf(nextAt);
  if (state !== 'retrying' || time === undefined) return undefined;
  const { code, detail } = errorOf(reply);
  return { code, detail, attempt: Number(attempt), of: Number(of), nextAt: time };
}

function timeOf(value: unknown): string | undefined {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? value : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
