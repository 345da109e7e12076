import { useActions } from '@bitworks/react';
import type { Message, MessageView } from '@bitworks/sdk';
import { Text, ThemeIcon, Tooltip } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconSettings, IconSparkles, IconTool } from '@tabler/icons-react';
import { memo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useTimes } from '../i18n/useTimes';
import { UNDO_TIME } from '../conversations/useRemoval';
import { AnswerEnd } from './AnswerEnd';
import { retryingOf } from './answerEnding';
import { MessageActions } from './MessageActions';
import { MessageBody } from './MessageBody';
import { MessageEditor } from './MessageEditor';
import { MessageState } from './MessageState';
import { RetryingState } from './RetryingState';
import { WindowSigns } from './WindowEdge';

/** One message: whose it is shows in its side, its look and its label. */
export const MessageRow = memo(function MessageRow({ view }: { view: MessageView }) {
  const { t } = useTranslation();
  const times = useTimes();
  const { deleteMessage } = useActions();
  const article = useRef<HTMLElement>(null);
  const [isEditing, editing] = useDisclosure(false);
  const { record, pending } = view;
  const role = t(`message.${record.role}`);
  const retrying = retryingOf(record);

  /** The focus must not go with it. */
  function remove(): void {
    article.current?.closest('section')?.focus({ preventScroll: true });
    deleteMessage(record, { undoFor: UNDO_TIME });
  }

  return (
    <article
      ref={article}
      className="message"
      tabIndex={-1}
      data-message={record.id}
      data-role={record.role}
      data-pending={pending?.status}
      data-editing={isEditing || undefined}
      aria-label={t('message.label', { role, time: times.clock(record.timestamp) })}
    >
      <MessageHead record={record} />
      {isEditing ? (
        <MessageEditor record={record} onClose={editing.close} />
      ) : (
        <>
          <MessageBody record={record} />
          {retrying && <RetryingState key={retrying.nextAt} retrying={retrying} />}
          <AnswerEnd record={record} />
          <MessageState view={view} />
          <MessageActions record={record} onEdit={editing.open} onDelete={remove} />
        </>
      )}
    </article>
  );
});

const ICONS = { assistant: IconSparkles, system: IconSettings, tool: IconTool } as const;

function MessageHead({ record }: { record: Message }) {
  const { t } = useTranslation();
  const times = useTimes();
  const Icon = record.role === 'user' ? undefined : ICONS[record.role];
  return (
    <div className="messageHead">
      {Icon && (
        <ThemeIcon
          size={22}
          radius="xl"
          variant="light"
          color={record.role === 'assistant' ? 'pine' : 'gray'}
          aria-hidden
        >
          <Icon size={14} />
        </ThemeIcon>
      )}
      <Text component="span" size="sm" fw={600} className="messageRole">
        {t(`message.${record.role}`)}
      </Text>
      <Tooltip label={times.full(record.timestamp)} openDelay={400}>
        <time dateTime={record.timestamp}>{times.clock(record.timestamp)}</time>
      </Tooltip>
      {record.edited_at !== null && (
        <Tooltip label={t('message.editedAt', { time: times.full(record.edited_at) })} openDelay={400}>
          <span>{t('message.edited')}</span>
        </Tooltip>
      )}
      <WindowSigns record={record} />
      {record.status === 'streaming' && !retryingOf(record) && <span>{t('message.streaming')}</span>}
    </div>
  );
}
