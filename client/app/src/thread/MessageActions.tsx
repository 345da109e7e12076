import { useClient } from '@bitworks/react';
import { textOf, type Message } from '@bitworks/sdk';
import { Group } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { IconCheck, IconCopy, IconPencil, IconTrash } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { endingOf } from './answerEnding';
import { AskAgain } from './AskAgain';
import { IconAction } from './IconAction';
import { PinAction } from './PinAction';

interface MessageActionsProps {
  readonly record: Message;
  readonly onEdit: () => void;
  readonly onDelete: () => void;
}

/** What can be done with a message; out of the way until it is pointed at or reached by keyboard. */
export function MessageActions({ record, onEdit, onDelete }: MessageActionsProps) {
  const { t } = useTranslation();
  const { store } = useClient();
  const clipboard = useClipboard({ timeout: 1500 });
  return (
    <Group gap={2} className="messageActions">
      <IconAction
        label={clipboard.copied ? t('message.copied') : t('message.copy')}
        Icon={clipboard.copied ? IconCheck : IconCopy}
        onClick={() => clipboard.copy(textOf(store.getSnapshot().state, record))}
      />
      {record.status !== 'streaming' && (
        <IconAction label={t('message.edit')} Icon={IconPencil} onClick={onEdit} />
      )}
      {record.revision > 0 && <PinAction record={record} />}
      {/* At such an end it is in sight already. */}
      {!endingOf(record) && <AskAgain record={record} />}
      <IconAction label={t('message.delete')} Icon={IconTrash} onClick={onDelete} />
    </Group>
  );
}
