import type { ConversationView } from '@bitworks/sdk';
import { ActionIcon } from '@mantine/core';
import { IconAlertCircle, IconDots } from '@tabler/icons-react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useRoute } from 'wouter';
import { useDrawer } from '../shell/drawer';
import { ConversationMenu } from './ConversationMenu';

export const ConversationItem = memo(function ConversationItem({ view }: { view: ConversationView }) {
  const { t } = useTranslation();
  const { close } = useDrawer();
  const [, route] = useRoute('/c/:id');
  const { id, title } = view.record;
  const isCurrent = route?.id === id;
  const name = title ?? t('conversations.untitled');
  return (
    <li
      className="conversationItem"
      data-current={isCurrent || undefined}
      data-pending={view.pending?.status}
    >
      <Link
        href={`/c/${id}`}
        className="conversationLink"
        aria-current={isCurrent ? 'page' : undefined}
        onClick={close}
      >
        {view.pending?.status === 'failed' && (
          <IconAlertCircle size={15} className="failedMark" aria-label={t('conversations.failedWrite')} />
        )}
        <span
          dir="auto"
          className="conversationName"
          data-untitled={title === null || undefined}
          title={name}
        >
          {name}
        </span>
      </Link>
      <ConversationMenu view={view}>
        <ActionIcon
          className="conversationMore"
          variant="subtle"
          color="gray"
          size="sm"
          aria-label={t('conversations.actions', { title: name })}
        >
          <IconDots size={16} />
        </ActionIcon>
      </ConversationMenu>
    </li>
  );
});
