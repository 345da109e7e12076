import { useActions } from '@bitworks/react';
import type { Message } from '@bitworks/sdk';
import { Button, Group, Textarea } from '@mantine/core';
import { useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { endsText, isOnGlass } from './enterKey';

/** Says to the server which state of the message was read when the editing began. */
export function MessageEditor({ record, onClose }: { record: Message; onClose: () => void }) {
  const { t } = useTranslation();
  const { editMessage } = useActions();
  const [read] = useState(record);
  const [text, setText] = useState(record.content);
  const isUnchanged = text === read.content;

  function save(): void {
    if (text.trim() === '') return;
    if (!isUnchanged) editMessage(read, text);
    onClose();
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === 'Escape') onClose();
    if (!endsText(event)) return;
    event.preventDefault();
    save();
  }

  return (
    <div className="messageEditor">
      <Textarea
        autosize
        minRows={2}
        maxRows={16}
        autoFocus
        dir="auto"
        enterKeyHint={isOnGlass() ? 'enter' : 'done'}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onFocus={({ currentTarget }) => currentTarget.setSelectionRange(text.length, text.length)}
        onKeyDown={onKeyDown}
        aria-label={t('message.editing')}
      />
      <Group justify="flex-end" gap="xs" mt="xs">
        <Button size="xs" variant="default" onClick={onClose}>
          {t('common.cancel')}
        </Button>
        <Button size="xs" onClick={save} disabled={text.trim() === ''}>
          {t('common.save')}
        </Button>
      </Group>
    </div>
  );
}
