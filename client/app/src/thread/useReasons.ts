import { useTranslation } from 'react-i18next';
import { en } from '../i18n/en';
import { useTimes } from '../i18n/useTimes';
import { secondsUntil, waitText } from '../i18n/waits';
import type { Ending, Retrying } from './answerEnding';

type Reported = Pick<Ending, 'code' | 'detail'> & Partial<Pick<Ending, 'retryAt'>>;
type Reason = keyof typeof en.ending.reason;

/** Why an answer has not come, or not all of it. */
export interface Words {
  /** In the reader's language; empty where nothing is known. */
  readonly reason: string;
  /** What the other side said of it, as it came, where that says more. */
  readonly detail: string | undefined;
}

/** These stand for whatever another program said. */
const QUOTING: readonly string[] = [
  ...['upstream_error', 'upstream_refused', 'model_refused'],
  ...['webhook_failed', 'webhook_error'],
];

/** What it means that an answer came to its end before its first word. */
const WITHOUT_TEXT = { cut: 'out_of_tokens', filtered: 'filtered' } as const;

/** The reasons that the server gives, in the reader's language. */
export function useReasons(): (error: Reported) => Words {
  const { t } = useTranslation();
  const times = useTimes();
  return ({ code, detail, retryAt }) => {
    const later = retryAt === undefined ? '' : t('ending.retryAt', { time: times.full(retryAt) });
    if (code === undefined || !isKnown(code)) return { reason: later, detail };
    return {
      reason: `${t(`ending.reason.${code}`)} ${later}`.trim(),
      detail: QUOTING.includes(code) ? detail : undefined,
    };
  };
}

/** When an answer is asked for again, as it is at `now` (milliseconds). */
export function useRetryingWords(): (retrying: Retrying, now: number) => string {
  const { t, i18n } = useTranslation();
  return ({ attempt, of, nextAt }, now) => {
    const seconds = secondsUntil(nextAt, now);
    if (seconds === 0) return t('ending.trying', { attempt, of });
    return t('ending.tryingIn', { wait: waitText(seconds, i18n.language), attempt, of });
  };
}

/** What became of an answer: its state, and why. */
export function useEndingWords(): (ending: Ending) => Words & { readonly title: string } {
  const { t } = useTranslation();
  const reasons = useReasons();
  return (ending) => {
    const { kind, isEmpty } = ending;
    switch (kind) {
      case 'failed':
      case 'stopped':
        return { title: t(`message.${kind}`), ...reasons(ending) };
      case 'interrupted': {
        const words = reasons(ending);
        const reason = words.reason || (words.detail === undefined ? t('ending.brokeOff') : '');
        return { title: t('message.interrupted'), ...words, reason };
      }
      case 'cut':
      case 'filtered': {
        const reason = isEmpty ? t(`ending.reason.${WITHOUT_TEXT[kind]}`) : t(`ending.${kind}Hint`);
        return { title: t(`ending.${kind}`), reason, detail: undefined };
      }
      case 'empty':
        return { title: t('ending.empty'), reason: t('ending.reason.empty_answer'), detail: undefined };
    }
  };
}

function isKnown(code: string): code is Reason {
  return code in en.ending.reason;
}
