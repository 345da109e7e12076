import { useActions, useSnapshot, type Undoable } from '@bitworks/react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';

/** Takes a deletion back, and goes back to what was open then, unless something else has been opened since. */
export function useUndo({ key, write }: Undoable): () => void {
  const { discard } = useActions();
  const [address, navigate] = useLocation();
  return () => {
    discard(key);
    if (write.event === 'conversation:delete' && address === '/') navigate(`/c/${write.input.id}`);
  };
}

/** What the conversation is called that is being deleted. */
export function useTitleOf(undoable: Undoable | undefined): string {
  const { t } = useTranslation();
  const id = undoable?.write.input.id ?? '';
  return useSnapshot(({ state }) => state.conversations.get(id)?.title) ?? t('conversations.untitled');
}
