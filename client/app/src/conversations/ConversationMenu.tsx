import { useActions } from '@bitworks/react';
import type { ConversationView } from '@bitworks/sdk';
import { Menu } from '@mantine/core';
import { IconArrowBackUp, IconPencil, IconRefresh, IconTrash } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRemoval } from './useRemoval';

interface ConversationMenuProps {
  readonly view: ConversationView;
  readonly onRename: () => void;
  readonly children: ReactNode;
}

/** What can be done with a conversation, behind the button given as its child. */
export function ConversationMenu({ view, onRename, children }: ConversationMenuProps) {
  const { t } = useTranslation();
  const { retry, discard } = useActions();
  const remove = useRemoval(view.record.id);
  const { pending } = view;
  return (
    <Menu position="bottom-end" shadow="md" width={220} returnFocus>
      <Menu.Target>{children}</Menu.Target>
      <Menu.Dropdown>
        {/* All of it: where it stands elsewhere, there may be no room. */}
        <Menu.Label className="wholeTitle" dir="auto">
          {view.record.title ?? t('conversations.untitled')}
        </Menu.Label>
        {pending?.status === 'failed' && (
          <>
            <Menu.Item leftSection={<IconRefresh size={16} />} onClick={() => retry(pending.key)}>
              {t('common.retry')}
            </Menu.Item>
            <Menu.Item leftSection={<IconArrowBackUp size={16} />} onClick={() => discard(pending.key)}>
              {t('common.undo')}
            </Menu.Item>
            <Menu.Divider />
          </>
        )}
        <Menu.Item leftSection={<IconPencil size={16} />} onClick={onRename}>
          {t('rename.action')}
        </Menu.Item>
        <Menu.Item color="var(--mantine-color-error)" leftSection={<IconTrash size={16} />} onClick={remove}>
          {t('common.delete')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
