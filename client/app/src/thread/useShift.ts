import type { MessageView } from '@bitworks/sdk';
import { useState } from 'react';

/** Whether what was just added stands before everything else: then the list keeps its place from the end. */
export function useShift(messages: readonly MessageView[]): boolean {
  const [seen, setSeen] = useState({ messages, isShift: false });
  if (seen.messages === messages) return seen.isShift;
  const isShift = isPrepended(seen.messages, messages);
  setSeen({ messages, isShift });
  return isShift;
}

/** The same end, another beginning. */
export function isPrepended(before: readonly MessageView[], now: readonly MessageView[]): boolean {
  const [last, first] = [before.at(-1)?.record.id, before[0]?.record.id];
  return last !== undefined && last === now.at(-1)?.record.id && first !== now[0]?.record.id;
}
