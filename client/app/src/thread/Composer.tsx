import { useActions } from '@bitworks/react';
import { ActionIcon, Text, Textarea } from '@mantine/core';
import { IconArrowUp } from '@tabler/icons-react';
import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useShortcut } from '../shell/shortcuts';
import { isSendable } from './contentLimit';
import { DraftState } from './DraftState';
import { keepDraft, readDraft, watchDraft } from './drafts';
import { endsText, isOnGlass } from './enterKey';
import { StopButton } from './StopButton';

interface ComposerProps {
  /** The name under which what is being written is kept while one looks elsewhere. */
  readonly draftOf: string;
  /** The message that is being written now, if any: it can be stopped. */
  readonly growingId?: string | undefined;
  readonly onSend: (content: string) => void;
}

export function Composer({ draftOf, growingId, onSend }: ComposerProps) {
  const { t } = useTranslation();
  const [text, setText] = useState(() => readDraft(draftOf));
  const isEmpty = text.trim() === '';
  const maySend = !isEmpty && isSendable(text);
  const field = useRef<HTMLTextAreaElement>(null);
  const { stop } = useActions();
  const [isKept, setIsKept] = useState(true);
  // What is kept nowhere else is not given up for what another tab has.
  useEffect(() => (isKept ? watchDraft(draftOf, setText) : undefined), [draftOf, isKept]);
  useShortcut('write', () => field.current?.focus());

  function write(next: string): void {
    setText(next);
    setIsKept(keepDraft(draftOf, next));
  }

  function send(): void {
    if (!maySend) return;
    write('');
    onSend(text.trim());
    field.current?.focus();
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === 'Escape' && !event.shiftKey && growingId !== undefined) void stop(growingId);
    if (!endsText(event)) return;
    event.preventDefault();
    send();
  }

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div className="composerBox">
        <Textarea
          ref={field}
          className="composerInput"
          variant="unstyled"
          autosize
          minRows={1}
          maxRows={9}
          // A focus on the glass brings up a keyboard, over half of what one came to read.
          autoFocus={!isOnGlass()}
          dir="auto"
          enterKeyHint={isOnGlass() ? 'enter' : 'send'}
          value={text}
          onChange={(event) => write(event.currentTarget.value)}
          onKeyDown={onKeyDown}
          placeholder={t('composer.placeholder')}
          aria-label={t('composer.label')}
        />
        {growingId !== undefined && (
          <StopButton messageId={growingId} onStop={() => field.current?.focus()} />
        )}
        {(growingId === undefined || !isEmpty) && (
          <ActionIcon type="submit" size={36} radius="xl" disabled={!maySend} aria-label={t('composer.send')}>
            <IconArrowUp size={20} stroke={2.2} />
          </ActionIcon>
        )}
      </div>
      <DraftState text={text} isKept={isKept} />
      <Text className="composerHint" visibleFrom="sm">
        {t('composer.hint')}
      </Text>
    </form>
  );
}
