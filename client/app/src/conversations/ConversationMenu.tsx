import { useActions } from '@bitworks/react';
import type { ConversationView } from '@bitworks/sdk';
import { Menu } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconArrowBackUp, IconPencil, IconRefresh, IconTrash } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation, useRoute } from 'wouter';
import { ConfirmDialog } from '../shell/ConfirmDialog';
import { RenameDialog } from './RenameDialog';

/** What can be done with a conversation, behind the button given as its child. */
export function ConversationMenu({ view, children }: { view: ConversationView; children: ReactNode }) {
  const { t } = useTranslation();
  const actions = useActions();
  const [isRenaming, renaming] = useDisclosure(false);
  const [isDeleting, deleting] = useDisclosure(false);
  const [isOpen] = useRoute(`/c/${view.record.id}`);
  const [, navigate] = useLocation();
  const { record, pending } = view;

  function remove(): void {
    if (isOpen) navigate('/');
    actions.deleteConversation(record.id);
  }

  return (
    <>
      <Menu position="bottom-end" withinPortal shadow="md" width={190}>
        <Menu.Target>{children}</Menu.Target>
        <Menu.Dropdown>
          {pending?.status === 'failed' && (
            <>
              <Menu.Item leftSection={<IconRefresh size={16} />} onClick={() => actions.retry(pending.key)}>
                {t('common.retry')}
              </Menu.Item>
              <Menu.Item
                leftSection={<IconArrowBackUp size={16} />}
                onClick={() => actions.discard(pending.key)}
              >
                {t('common.undo')}
              </Menu.Item>
              <Menu.Divider />
            </>
          )}
          <Menu.Item leftSection={<IconPencil size={16} />} onClick={renaming.open}>
            {t('rename.action')}
          </Menu.Item>
          <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={deleting.open}>
            {t('common.delete')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <RenameDialog opened={isRenaming} onClose={renaming.close} conversation={record} />
      <ConfirmDialog
        opened={isDeleting}
        title={t('remove.title')}
        body={t('remove.body', { title: record.title ?? t('conversations.untitled') })}
        onClose={deleting.close}
        onConfirm={remove}
      />
    </>
  );
}
