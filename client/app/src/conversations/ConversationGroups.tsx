import type { ConversationView } from '@bitworks/sdk';
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ageOf, type Age } from '../i18n/calendar';
import { ConversationItem } from './ConversationItem';

/** The list itself, under the days that its conversations are of. */
export function ConversationGroups({ conversations }: { conversations: readonly ConversationView[] }) {
  const { t } = useTranslation();
  return groupsOf(conversations).map(({ age, rows }) => (
    <section key={age} aria-label={t(`conversations.${age}`)}>
      <Text className="listAge">{t(`conversations.${age}`)}</Text>
      <ul className="plainList">
        {rows.map((view) => (
          <ConversationItem key={view.record.id} view={view} />
        ))}
      </ul>
    </section>
  ));
}

/** They come with the latest first, so those of one age stand together. */
function groupsOf(conversations: readonly ConversationView[]): { age: Age; rows: ConversationView[] }[] {
  const groups: { age: Age; rows: ConversationView[] }[] = [];
  for (const view of conversations) {
    const age = ageOf(view.record.updated_at);
    const last = groups.at(-1);
    if (last?.age === age) last.rows.push(view);
    else groups.push({ age, rows: [view] });
  }
  return groups;
}
