import { useConversation, useMessages } from '@bitworks/react';
import type { ConversationView } from '@bitworks/sdk';
import { Skeleton, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronDown } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ContextButton } from '../context/ContextButton';
import { useContextPanel } from '../context/useContextPanel';
import { WindowProvider } from '../context/WindowProvider';
import { ConversationMenu } from '../conversations/ConversationMenu';
import { TitleField } from '../conversations/TitleField';
import { useRemoval } from '../conversations/useRemoval';
import { useShortcut } from '../shell/shortcuts';
import { TopBar } from '../shell/TopBar';
import { useNews } from '../site/useNews';
import { usePageTitle } from '../site/usePageTitle';
import { AbsentPage } from './AbsentPage';
import { Composer } from './Composer';
import { Thread } from './Thread';
import { useAsk } from './useAsk';

const ContextPanel = lazy(() => import('../context/ContextPanel'));

/** However long a conversation is read back, the page does not grow with it: some twenty screens are held. */
const HELD = { keep: 500 } as const;

export function ConversationPage({ id }: { id: string }) {
  const { conversation, status } = useConversation(id);
  const [wasHere, setWasHere] = useState(false);
  if (conversation && !wasHere) setWasHere(true);
  const thread = useMessages(id, HELD);
  const growing = thread.messages.findLast(({ record }) => record.status === 'streaming');
  const ask = useAsk();
  const { frame, isAsked, close, toggle } = useContextPanel();

  // What one has written oneself is what one wants to see: it stands at the end.
  function send(content: string): void {
    thread.toLatest();
    ask(id, content);
  }

  const latest = thread.messages.findLast(({ record }) => record.status === 'complete');
  usePageTitle(conversation?.record.title, useNews(latest?.record.position));
  useShortcut('context', toggle);
  useShortcut('remove', useRemoval(id));
  if (status === 'absent') return <AbsentPage id={id} wasHere={wasHere} />;
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
