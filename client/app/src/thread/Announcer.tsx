import type { Message } from '@bitworks/sdk';
import { VisuallyHidden } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

/** Says an answer to a screen reader once, when it has ended, and never while it grows. */
export function Announcer({ last }: { last: Message | undefined }) {
  const { t } = useTranslation();
  const [seen, setSeen] = useState(last);
  const [said, setSaid] = useState('');
  if (seen !== last) {
    setSeen(last);
    if (last && hasEnded(seen, last)) setSaid(t('thread.answered', { text: last.content }));
  }
  return <VisuallyHidden role="status">{said}</VisuallyHidden>;
}

/** Not what was there when the conversation was opened. */
export function hasEnded(before: Message | undefined, now: Message): boolean {
  if (before === undefined || now.role !== 'assistant' || now.status === 'streaming') return false;
  return before.id === now.id ? before.status === 'streaming' : before.position < now.position;
}
