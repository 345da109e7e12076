import { useActions } from '@bitworks/react';
import { ActionIcon, Text, Textarea } from '@mantine/core';
import { IconArrowUp } from '@tabler/icons-react';
import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useShortcut } from '../shell/shortcuts';
import { keepDraft, readDraft, watchDraft } from './drafts';
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
  const field = useRef<HTMLTextAreaElement>(null);
  const { stop } = useActions();
  useEffect(() => watchDraft(draftOf, setText), [draftOf]);
  useShortcut('write', () => field.current?.focus());

  function write(next: string): void {
    setText(next);
    keepDraft(draftOf, next);
  }

  function send(): void {
    if (isEmpty) return;
    write('');
    onSend(text.trim());
    field.current?.focus();
  }

  /** Enter also ends the choice of an input method, which must not send. */
  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === 'Escape' && !event.shiftKey && growingId !== undefined) void stop(growingId);
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
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
          autoFocus={!bringsKeyboard()}
          dir="auto"
          value={text}
          onChange={(event) => write(event.currentTarget.value)}
          onKeyDown={onKeyDown}
          placeholder={t('composer.placeholder')}
          aria-label={t('composer.label')}
        />
        {growingId !== undefined && isEmpty ? (
          <StopButton messageId={growingId} onStop={() => field.current?.focus()} />
        ) : (
          <ActionIcon type="submit" size={36} radius="xl" disabled={isEmpty} aria-label={t('composer.send')}>
            <IconArrowUp size={20} stroke={2.2} />
          </ActionIcon>
        )}
      </div>
      <Text className="composerHint" visibleFrom="sm">
        {t('composer.hint')}
      </Text>
    </form>
  );
}

/** Where one points with a finger, a focus brings up a keyboard, over half of what one came to read. */
function bringsKeyboard(): boolean {
  return window.matchMedia('(hover: none)').matches;
}
