import type { ConversationView } from '@bitworks/sdk';

/** Those whose title has the words anywhere, whatever their case and accents. */
export function withTitle(
  conversations: readonly ConversationView[],
  words: string,
): readonly ConversationView[] {
  const wanted = plain(words.trim());
  if (wanted === '') return conversations;
  return conversations.filter(({ record }) => plain(record.title ?? '').includes(wanted));
}

function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
