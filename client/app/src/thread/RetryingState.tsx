import { useEffect, useState } from 'react';
import { secondsUntil } from '../i18n/waits';
import type { Retrying } from './answerEnding';
import { useReasons, useRetryingWords } from './useReasons';

/** While an answer has not begun because nobody gives one: why, and when it is asked for again. */
export function RetryingState({ retrying }: { retrying: Retrying }) {
  const { reason, detail } = useReasons()(retrying);
  const words = useRetryingWords()(retrying, useNow(retrying.nextAt));
  return (
    <div className="messageState" data-testid="retrying">
      <span>
        {reason} {detail !== undefined && <q dir="auto">{detail}</q>}
      </span>
      <span>{words}</span>
    </div>
  );
}

/** This machine's time in milliseconds, second by second until it is past `end`. */
function useNow(end: string): number {
  const [now, setNow] = useState(() => Date.now());
  const isPast = secondsUntil(end, now) === 0;
  useEffect(() => {
    if (isPast) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [isPast]);
  return now;
}
