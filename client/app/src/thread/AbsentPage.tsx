import { useUndoable, type Undoable } from '@bitworks/react';
import { Button, Group } from '@mantine/core';
import { IconArrowBackUp, IconMoodEmpty } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { EmptyState } from '../shell/EmptyState';
import { useShortcut } from '../shell/shortcuts';
import { TopBar } from '../shell/TopBar';
import { UndoBar } from '../shell/UndoBar';
import { useUndo } from '../shell/useUndo';

/** In place of a conversation that is not here: whether it was deleted, and the way back where there is one. */
export function AbsentPage({ id, wasHere }: { id: string; wasHere: boolean }) {
  const { t } = useTranslation();
  const undoable = useUndoable();
  const isUndoable = undoable?.write.input.id === id;
  const isDeleted = wasHere || isUndoable;
  return (
    <>
      <TopBar />
      <EmptyState
        isPage
        icon={<IconMoodEmpty size={30} />}
        title={t(isDeleted ? 'thread.deleted' : 'thread.absent')}
        hint={t(isUndoable ? 'thread.undoableHint' : isDeleted ? 'thread.deletedHint' : 'thread.absentHint')}
      >
        <Group mt="md" justify="center">
          {isUndoable && <Undo pending={undoable} />}
          <Button component={Link} href="/" variant="light">
            {t('thread.absentAction')}
          </Button>
        </Group>
      </EmptyState>
      {!isUndoable && <UndoBar />}
    </>
  );
}

function Undo({ pending }: { pending: Undoable }) {
  const { t } = useTranslation();
  const undo = useUndo(pending);
  useShortcut('undo', undo);
  return (
    <Button leftSection={<IconArrowBackUp size={16} aria-hidden />} onClick={undo}>
      {t('common.undo')}
    </Button>
  );
}
