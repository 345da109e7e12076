import type { ConversationView } from '@bitworks/sdk';
import { fold } from './fold.js';

/** Those whose title has the words anywhere, whatever their case and accents. */
export function withTitle(
  conversations: readonly ConversationView[],
  words: string,
): readonly ConversationView[] {
  const wanted = fold(words);
  if (wanted === '') return conversations;
  return conversations.filter(({ record }) => fold(record.title ?? '').includes(wanted));
}

/** The same, asked again and again: while the same ones are found, the answer is the same list. */
export function createTitleFilter(
  words: string,
): (conversations: readonly ConversationView[]) => readonly ConversationView[] {
  let [asked, answered]: (readonly ConversationView[])[] = [];
  return (conversations) => {
    if (answered && asked === conversations) return answered;
    const found = withTitle(conversations, words);
    asked = conversations;
    answered = isSame(answered, found) ? answered : found;
    return answered;
  };
}

function isSame<T>(some: readonly T[] | undefined, others: readonly T[]): some is readonly T[] {
  return some?.length === others.length && some.every((one, at) => one === others[at]);
}
