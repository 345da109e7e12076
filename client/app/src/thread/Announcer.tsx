import type { Message } from '@bitworks/sdk';
import { VisuallyHidden } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { endingOf, retryingOf } from './answerEnding';
import { useEndingWords, useReasons, useRetryingWords } from './useReasons';

/**
 * Says an answer to a screen reader once, when it has ended, with what became of it, and never while it grows; and of one
 * that has not begun, when it will be asked for again.
 */
export function Announcer({ last }: { last: Message | undefined }) {
  const wordsOf = useWords();
  const [seen, setSeen] = useState(last);
  const [said, setSaid] = useState('');
  if (seen !== last) {
    setSeen(last);
    if (last && (hasEnded(seen, last) || isRetriedAnew(seen, last))) setSaid(wordsOf(last));
  }
  return <VisuallyHidden role="status">{said}</VisuallyHidden>;
}

function useWords(): (message: Message) => string {
  const { t } = useTranslation();
  const endingWords = useEndingWords();
  const reasons = useReasons();
  const retryingWords = useRetryingWords();
  return (message) => {
    const retrying = retryingOf(message);
    if (retrying) {
      const { reason, detail } = reasons(retrying);
      return sentences([reason, detail, retryingWords(retrying, Date.now())]);
    }
    const ending = endingOf(message);
    const { title, reason, detail } = ending ? endingWords(ending) : {};
    const answer = message.content === '' ? undefined : t('thread.answered', { text: message.content });
    return sentences([answer, title, reason, detail]);
  };
}

function sentences(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join(' ');
}

/** Not what was there when the conversation was opened. */
export function hasEnded(before: Message | undefined, now: Message): boolean {
  if (before === undefined || now.role !== 'assistant' || now.status === 'streaming') return false;
  return before.id === now.id ? before.status === 'streaming' : before.position < now.position;
}

/** Each try is said, and not what else changes meanwhile. */
export function isRetriedAnew(before: Message | undefined, now: Message): boolean {
  const next = retryingOf(now)?.nextAt;
  return next !== undefined && before !== undefined && retryingOf(before)?.nextAt !== next;
}
