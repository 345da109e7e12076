import { useConversations } from '@bitworks/react';
import type { ConversationView } from '@bitworks/sdk';
import { ActionIcon, Button, Group, ScrollArea, Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus, IconSearch, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { AccountMenu } from '../account/AccountMenu';
import { ageOf, type Age } from '../i18n/calendar';
import { useDrawer } from '../shell/drawer';
import { Logo } from '../shell/Logo';
import { ConversationItem } from './ConversationItem';
import { withTitle } from './withTitle';

export function Sidebar() {
  const { t } = useTranslation();
  const { close } = useDrawer();
  const [, navigate] = useLocation();
  const [words, setWords] = useState('');
  return (
    <>
      <Group className="sidebarHead" justify="space-between" wrap="nowrap">
        <Group gap={10} wrap="nowrap">
          <Logo size={28} />
          <Text fw={600}>{t('app.name')}</Text>
        </Group>
        <ActionIcon
          hiddenFrom="sm"
          variant="subtle"
          color="gray"
          onClick={close}
          aria-label={t('conversations.hide')}
        >
          <IconX size={18} />
        </ActionIcon>
      </Group>
      <div className="sidebarNew">
        <Button
          fullWidth
          variant="light"
          leftSection={<IconPlus size={18} />}
          onClick={() => {
            navigate('/');
            close();
          }}
        >
          {t('conversations.new')}
        </Button>
        <TextInput
          mt="xs"
          size="sm"
          type="search"
          leftSection={<IconSearch size={16} aria-hidden />}
          placeholder={t('conversations.search')}
          aria-label={t('conversations.search')}
          value={words}
          onChange={(event) => setWords(event.currentTarget.value)}
          onKeyDown={(event) => event.key === 'Escape' && setWords('')}
        />
      </div>
      <ScrollArea className="sidebarList" type="scroll" scrollbarSize={8}>
        <ConversationList words={words} />
      </ScrollArea>
      <div className="sidebarFoot">
        <AccountMenu />
      </div>
    </>
  );
}

function ConversationList({ words }: { words: string }) {
  const { t } = useTranslation();
  const { conversations, status, hasMore, isLoadingMore, loadMore, retry } = useConversations();
  const found = withTitle(conversations, words);
  if (conversations.length === 0 && status === 'loading') return <Waiting />;
  return (
    <Stack gap={0} pb="sm">
      {status === 'failed' && <Failed onRetry={retry} />}
      {conversations.length === 0 && status === 'ready' && <Empty />}
      {conversations.length > 0 && found.length === 0 && (
        <Text size="sm" c="dimmed" p="md" role="status">
          {t('conversations.notFound')}
        </Text>
      )}
      {groupsOf(found).map(({ age, rows }) => (
        <section key={age} aria-label={t(`conversations.${age}`)}>
          <Text className="listAge">{t(`conversations.${age}`)}</Text>
          <ul className="plainList">
            {rows.map((view) => (
              <ConversationItem key={view.record.id} view={view} />
            ))}
          </ul>
        </section>
      ))}
      {hasMore && (
        <Button
          variant="subtle"
          color="gray"
          size="xs"
          mx="sm"
          mt="xs"
          loading={isLoadingMore}
          onClick={loadMore}
        >
          {t('conversations.more')}
        </Button>
      )}
    </Stack>
  );
}

function Waiting() {
  const { t } = useTranslation();
  return (
    <Stack gap="sm" p="md" role="status" aria-label={t('common.loading')}>
      {[80, 60, 90, 70, 50].map((width) => (
        <Skeleton key={width} h={14} w={`${width}%`} />
      ))}
    </Stack>
  );
}

function Empty() {
  const { t } = useTranslation();
  return (
    <Stack gap={4} p="md">
      <Text size="sm" fw={500}>
        {t('conversations.empty')}
      </Text>
      <Text size="sm" c="dimmed">
        {t('conversations.emptyHint')}
      </Text>
    </Stack>
  );
}

function Failed({ onRetry }: { onRetry: () => void }) {
  const { t } = useTranslation();
  return (
    <Stack gap="xs" p="md" role="alert">
      <Text size="sm">{t('conversations.failed')}</Text>
      <Button size="xs" variant="light" onClick={onRetry}>
        {t('common.retry')}
      </Button>
    </Stack>
  );
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
