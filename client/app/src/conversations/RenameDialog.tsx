import { useActions } from '@bitworks/react';
import type { Conversation } from '@bitworks/sdk';
import { Button, Group, Modal, TextInput } from '@mantine/core';
import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';

interface RenameDialogProps {
  readonly opened: boolean;
  readonly conversation: Conversation;
  readonly onClose: () => void;
}

export function RenameDialog({ opened, conversation, onClose }: RenameDialogProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t('rename.title')}
      centered
      radius="lg"
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <RenameForm conversation={conversation} onClose={onClose} />
    </Modal>
  );
}

/** The server's limit on a title, in code points; the browser counts no fewer. */
const TITLE_LIMIT = 200;

function RenameForm({ conversation, onClose }: Omit<RenameDialogProps, 'opened'>) {
  const { t } = useTranslation();
  const { renameConversation } = useActions();
  const [title, setTitle] = useState(conversation.title ?? '');

  function submit(event: SyntheticEvent): void {
    event.preventDefault();
    const next = title.trim() === '' ? null : title.trim();
    if (next !== conversation.title) renameConversation(conversation.id, next);
    onClose();
  }

  return (
    <form onSubmit={submit}>
      <TextInput
        label={t('rename.field')}
        value={title}
        onChange={(event) => setTitle(event.currentTarget.value)}
        onFocus={(event) => event.currentTarget.select()}
        maxLength={TITLE_LIMIT}
        data-autofocus
      />
      <Group justify="flex-end" mt="lg" gap="sm">
        <Button variant="default" onClick={onClose}>
          {t('common.cancel')}
        </Button>
        <Button type="submit">{t('common.save')}</Button>
      </Group>
    </form>
  );
}
