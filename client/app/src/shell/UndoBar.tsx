import { useActions, useSnapshot, useUndoable, type Undoable } from '@bitworks/react';
import { Button, Paper, Text } from '@mantine/core';
import { IconArrowBackUp } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { useShortcut } from './shortcuts';

/** What was deleted last, for as long as it can be undone. */
export function UndoBar() {
  const undoable = useUndoable();
  return (
    <div className="undoBar" role="status">
      {undoable && <Undo key={undoable.key} pending={undoable} />}
    </div>
  );
}

function Undo({ pending: { key, write } }: { pending: Undoable }) {
  const { t } = useTranslation();
  const { discard } = useActions();
  const [address, navigate] = useLocation();
  const { id } = write.input;
  const isMessage = write.event === 'message:delete';
  const title = useSnapshot(({ state }) => state.conversations.get(id)?.title);

  /** Back to it, unless something else has been opened since. */
  function undo(): void {
    discard(key);
    if (!isMessage && address === '/') navigate(`/c/${id}`);
  }

  useShortcut('undo', undo);

  return (
    <Paper shadow="lg" radius="md" withBorder className="undoCard">
      <Text size="sm" truncate>
        {isMessage
          ? t('undo.message')
          : t('undo.conversation', { title: title ?? t('conversations.untitled') })}
      </Text>
      <Button
        size="compact-sm"
        variant="light"
        leftSection={<IconArrowBackUp size={16} aria-hidden />}
        className="unshrinkable"
        onClick={undo}
      >
        {t('common.undo')}
      </Button>
      <span className="undoTime" aria-hidden />
    </Paper>
  );
}
