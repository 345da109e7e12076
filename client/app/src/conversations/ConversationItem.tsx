import type { ConversationView } from '@bitworks/sdk';
import { ActionIcon } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconAlertCircle, IconDots } from '@tabler/icons-react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { ConversationLink } from './ConversationLink';
import { ConversationMenu } from './ConversationMenu';
import { focusConversation } from './focus';
import { TitleField } from './TitleField';

export const ConversationItem = memo(function ConversationItem({ view }: { view: ConversationView }) {
  const { t } = useTranslation();
  const [isRenaming, renaming] = useDisclosure(false, { onClose: () => setTimeout(focus) });
  const { id, title } = view.record;
  const name = title ?? t('conversations.untitled');

  /** Unless it was left for something else: then that has the focus. */
  function focus(): void {
    if (document.activeElement === document.body) focusConversation(id);
  }

  if (isRenaming)
    return (
      <li className="conversationItem">
        <TitleField conversation={view.record} onClose={renaming.close} />
      </li>
    );
  return (
    <li className="conversationItem" data-pending={view.pending?.status}>
      <ConversationLink id={id} name={name} isUntitled={title === null} onRename={renaming.open}>
        {view.pending?.status === 'failed' && (
          <IconAlertCircle size={15} className="failedMark" aria-label={t('conversations.failedWrite')} />
        )}
      </ConversationLink>
      <ConversationMenu view={view} onRename={renaming.open}>
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
