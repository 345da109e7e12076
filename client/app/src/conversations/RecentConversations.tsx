import { useConversations } from '@bitworks/react';
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';

/** How many are shown. */
const FEW = 3;

/** Where one was last. */
export function RecentConversations() {
  const { t } = useTranslation();
  const { conversations } = useConversations();
  if (conversations.length === 0) return null;
  return (
    <section className="recent" aria-label={t('welcome.recent')}>
      <Text size="sm" c="dimmed" mb={4}>
        {t('welcome.recent')}
      </Text>
      <ul className="plainList">
        {conversations.slice(0, FEW).map(({ record: { id, title } }) => (
          <li key={id}>
            <Link href={`/c/${id}`} className="recentLink" dir="auto">
              {title ?? t('conversations.untitled')}
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
