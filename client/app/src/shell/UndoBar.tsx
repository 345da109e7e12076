import { useUndoable, type Undoable } from '@bitworks/react';
import { Button, Paper, Text, VisuallyHidden } from '@mantine/core';
import { IconArrowBackUp } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { UNDO_TIME } from '../conversations/useRemoval';
import { useShortcut } from './shortcuts';
import { useTitleOf, useUndo } from './useUndo';

/** Takes the place of a title in a sentence, to find it there again. */
const GAP = '\uFFFC';

/** What was deleted last, for as long as it can be undone; to be put where it covers nothing. */
export function UndoBar({ onUndo }: { onUndo?: () => void }) {
  const undoable = useUndoable();
  return undoable ? <Undo key={undoable.key} pending={undoable} onUndo={onUndo} /> : null;
}

/** Says it to a screen reader. It stays while pages come and go, or it would not be heard. */
export function UndoAnnouncer() {
  const { t } = useTranslation();
  const undoable = useUndoable();
  const title = useTitleOf(undoable);
  return <VisuallyHidden role="status">{undoable && t(...sentenceOf(undoable, title))}</VisuallyHidden>;
}

function Undo({ pending, onUndo }: { pending: Undoable; onUndo: (() => void) | undefined }) {
  const { t } = useTranslation();
  const undo = useUndo(pending);
  const elapsed = useElapsed(pending);

  function press(): void {
    undo();
    onUndo?.();
  }

  useShortcut('undo', press);

  return (
    <div className="undoBar">
      <Paper shadow="sm" radius="md" withBorder className="undoCard">
        <Sentence pending={pending} />
        <Button
          size="compact-sm"
          variant="light"
          leftSection={<IconArrowBackUp size={16} aria-hidden />}
          className="unshrinkable"
          onClick={press}
        >
          {t('common.undo')}
        </Button>
        <span className="undoTime" style={{ animationDelay: `-${elapsed}ms` }} aria-hidden />
      </Paper>
    </div>
  );
}

/** However long the title, what happened to it is said: only the title is cut. */
function Sentence({ pending }: { pending: Undoable }) {
  const { t } = useTranslation();
  const title = useTitleOf(pending);
  const [before, after] = t(...sentenceOf(pending, GAP)).split(GAP);
  return (
    <Text size="sm" className="undoSentence" component="div">
      <span>{before}</span>
      {after !== undefined && (
        <>
          <bdi className="undoTitle">{title}</bdi>
          <span>{after}</span>
        </>
      )}
    </Text>
  );
}

function sentenceOf({ write }: Undoable, title: string) {
  return write.event === 'message:delete'
    ? (['undo.message'] as const)
    : (['undo.conversation', { title }] as const);
}

/** Milliseconds of the time to undo that were over when this was first shown, here or after another page. */
function useElapsed({ heldUntil }: Undoable): number {
  const [elapsed] = useState(() => Math.max(0, UNDO_TIME - (Date.parse(String(heldUntil)) - Date.now())));
  return elapsed;
}
