import { useConversation, useMessages } from '@bitworks/react';
import type { ConversationView } from '@bitworks/sdk';
import { Button, Skeleton, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronDown, IconMoodEmpty } from '@tabler/icons-react';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { ContextButton } from '../context/ContextButton';
import { useContextPanel } from '../context/useContextPanel';
import { WindowProvider } from '../context/WindowProvider';
import { ConversationMenu } from '../conversations/ConversationMenu';
import { TitleField } from '../conversations/TitleField';
import { useRemoval } from '../conversations/useRemoval';
import { EmptyState } from '../shell/EmptyState';
import { useShortcut } from '../shell/shortcuts';
import { TopBar } from '../shell/TopBar';
import { usePageTitle } from '../site/usePageTitle';
import { Composer } from './Composer';
import { Thread } from './Thread';
import { useAsk } from './useAsk';

const ContextPanel = lazy(() => import('../context/ContextPanel'));

/** However long a conversation is read back, the page does not grow with it: some twenty screens are held. */
const HELD = { keep: 500 } as const;

export function ConversationPage({ id }: { id: string }) {
  const { conversation, status } = useConversation(id);
  const thread = useMessages(id, HELD);
  const growing = thread.messages.findLast(({ record }) => record.status === 'streaming');
  const ask = useAsk();
  const { frame, isAsked, close, toggle } = useContextPanel();

  // What one has written oneself is what one wants to see: it stands at the end.
  function send(content: string): void {
    thread.toLatest();
    ask(id, content);
  }

  usePageTitle(conversation?.record.title);
  useShortcut('context', toggle);
  useShortcut('remove', useRemoval(id));
  if (status === 'absent') return <Absent />;
  return (
    <WindowProvider conversationId={id}>
      <div className="conversation">
        <div className="conversationColumn">
          <TopBar actions={<ContextButton isOpen={frame !== undefined} onClick={toggle} />}>
            {conversation ? <ConversationTitle view={conversation} /> : <Skeleton h={16} w={180} />}
          </TopBar>
          <Thread thread={thread} />
          <div className="composerDock">
            <Composer draftOf={id} growingId={growing?.record.id} onSend={send} />
          </div>
        </div>
        <Suspense>
          {frame && <ContextPanel conversationId={id} frame={frame} isAsked={isAsked} onClose={close} />}
        </Suspense>
      </div>
    </WindowProvider>
  );
}

function ConversationTitle({ view }: { view: ConversationView }) {
  const { t } = useTranslation();
  const [isRenaming, renaming] = useDisclosure(false);
  const name = view.record.title ?? t('conversations.untitled');
  useShortcut('rename', renaming.open);
  if (isRenaming) return <TitleField conversation={view.record} onClose={renaming.close} />;
  return (
    <ConversationMenu view={view} onRename={renaming.open}>
      <button type="button" className="titleButton" aria-label={t('thread.options', { title: name })}>
        <Text component="h1" fw={600} truncate dir="auto" data-testid="title">
          {name}
        </Text>
        <IconChevronDown size={16} aria-hidden className="unshrinkable" />
      </button>
    </ConversationMenu>
  );
}

function Absent() {
  const { t } = useTranslation();
  return (
    <>
      <TopBar />
      <EmptyState
        isPage
        icon={<IconMoodEmpty size={30} />}
        title={t('thread.absent')}
        hint={t('thread.absentHint')}
      >
        <Button component={Link} href="/" variant="light" mt="md">
          {t('thread.absentAction')}
        </Button>
      </EmptyState>
    </>
  );
}
