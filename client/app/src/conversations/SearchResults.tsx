import { useConnection, useTitleSearch } from '@bitworks/react';
import { Button, Loader, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ConversationGroups } from './ConversationGroups';

/** What is held here shows as one types; what only the server knows follows. */
export function SearchResults({ words }: { words: string }) {
  const { t } = useTranslation();
  const { conversations, status, retry } = useTitleSearch(words);
  const isLive = useConnection().status === 'live';
  return (
    <Stack gap={0} pb="sm">
      <ConversationGroups conversations={conversations} />
      <div role="status" className="searchState">
        {status === 'loading' && isLive && <Loader size="xs" aria-label={t('common.loading')} />}
        {status === 'loading' && !isLive && <Text size="sm">{t('conversations.searchedHere')}</Text>}
        {status === 'ready' && conversations.length === 0 && (
          <Text size="sm">{t('conversations.notFound', { words: words.trim() })}</Text>
        )}
        {status === 'failed' && (
          <Button size="xs" variant="light" onClick={retry}>
            {t('common.retry')}
          </Button>
        )}
      </div>
    </Stack>
  );
}
