import { useConversations } from '@bitworks/react';
import { ActionIcon, Button, Group, ScrollArea, Skeleton, Stack, Text } from '@mantine/core';
import { IconLayoutSidebarLeftCollapse, IconPlus, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { AccountMenu } from '../account/AccountMenu';
import { useDrawer } from '../shell/drawer';
import { Logo } from '../shell/Logo';
import { useShortcut } from '../shell/shortcuts';
import { useSiteName } from '../site/useSite';
import { ConversationGroups } from './ConversationGroups';
import { SearchField } from './SearchField';
import { SearchResults } from './SearchResults';

export function Sidebar() {
  const { t } = useTranslation();
  const name = useSiteName();
  const { close, hide } = useDrawer();
  const [, navigate] = useLocation();
  const [words, setWords] = useState('');

  function startAnew(): void {
    navigate('/');
    close();
  }
  useShortcut('newConversation', startAnew);

  return (
    <>
      <Group className="sidebarHead" justify="space-between" wrap="nowrap">
        <Group gap={10} wrap="nowrap" className="shrinkable">
          <Logo size={28} />
          <Text fw={600} truncate title={name}>
            {name}
          </Text>
        </Group>
        <ActionIcon
          visibleFrom="sm"
          variant="subtle"
          color="gray"
          onClick={hide}
          aria-label={t('conversations.hide')}
        >
          <IconLayoutSidebarLeftCollapse size={20} />
        </ActionIcon>
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
        <Button fullWidth variant="light" leftSection={<IconPlus size={18} />} onClick={startAnew}>
          {t('conversations.new')}
        </Button>
        <SearchField words={words} onChange={setWords} />
      </div>
      <ScrollArea className="sidebarList" type="scroll" scrollbarSize={8}>
        {words.trim() === '' ? <ConversationList /> : <SearchResults words={words} />}
      </ScrollArea>
      <div className="sidebarFoot">
        <AccountMenu />
      </div>
    </>
  );
}

function ConversationList() {
  const { t } = useTranslation();
  const { conversations, status, hasMore, isLoadingMore, loadMore, retry } = useConversations();
  if (conversations.length === 0 && status === 'loading') return <Waiting />;
  return (
    <Stack gap={0} pb="sm">
      {status === 'failed' && <Failed onRetry={retry} />}
      {conversations.length === 0 && status === 'ready' && <Empty />}
      <ConversationGroups conversations={conversations} />
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
