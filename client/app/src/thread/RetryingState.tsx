import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { waitText } from '../i18n/waits';
import type { Retrying } from './answerEnding';
import { useReasons } from './useReasons';

/** While an answer has not begun because nobody gives one: why, and when it is asked for again. */
export function RetryingState({ retrying }: { retrying: Retrying }) {
  const { t, i18n } = useTranslation();
  const { reason, detail } = useReasons()(retrying);
  const seconds = useSecondsUntil(retrying.nextAt);
  const count = { attempt: retrying.attempt, of: retrying.of };
  return (
    <div className="messageState" data-testid="retrying">
      <span>
        {reason} {detail !== undefined && <q dir="auto">{detail}</q>}
      </span>
      <span>
        {seconds > 0
          ? t('ending.tryingIn', { wait: waitText(seconds, i18n.language), ...count })
          : t('ending.trying', count)}
      </span>
    </div>
  );
}

/** Whole seconds, by this machine's clock; none once it is past. */
function useSecondsUntil(time: string): number {
  const [now, setNow] = useState(() => Date.now());
  const seconds = Math.max(0, Math.ceil((Date.parse(time) - now) / 1000));
  const isPast = seconds === 0;
  useEffect(() => {
    if (isPast) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [isPast]);
  return seconds;
}
