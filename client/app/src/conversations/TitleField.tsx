import { useActions } from '@bitworks/react';
import type { Conversation } from '@bitworks/sdk';
import { TextInput } from '@mantine/core';
import { useRef, useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';

interface TitleFieldProps {
  readonly conversation: Conversation;
  readonly onClose: () => void;
}

/** The server's limit on a title, in code points; the browser counts no fewer. */
const TITLE_LIMIT = 200;

/** A title where it stands, to be changed: Enter or looking elsewhere keeps it, Escape leaves it as it was. */
export function TitleField({ conversation, onClose }: TitleFieldProps) {
  const { t } = useTranslation();
  const { renameConversation } = useActions();
  const [title, setTitle] = useState(conversation.title ?? '');
  const isOver = useRef(false);

  /** Closing takes the focus away, which must not count as a second ending. */
  function end(isKept: boolean): void {
    if (isOver.current) return;
    isOver.current = true;
    const next = title.trim() || null;
    if (isKept && next !== conversation.title) renameConversation(conversation.id, next);
    onClose();
  }

  function onKeyDown(event: KeyboardEvent): void {
    event.stopPropagation();
    if (event.key === 'Enter' || event.key === 'Escape') end(event.key === 'Enter');
  }

  return (
    <TextInput
      className="titleField"
      size="sm"
      aria-label={t('rename.field')}
      placeholder={t('conversations.untitled')}
      value={title}
      maxLength={TITLE_LIMIT}
      dir="auto"
      enterKeyHint="done"
      autoFocus
      onFocus={(event) => event.currentTarget.select()}
      onChange={(event) => setTitle(event.currentTarget.value)}
      onKeyDown={onKeyDown}
      onBlur={() => end(true)}
    />
  );
}
