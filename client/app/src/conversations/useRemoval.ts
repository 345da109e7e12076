import { useActions } from '@bitworks/react';
import { useLocation, useRoute } from 'wouter';
import { focusBeside } from './focus';

/** Milliseconds in which a deletion can be undone. */
export const UNDO_TIME = 6_000;

/** Deletes a conversation, out of sight at once; what was beside it in the list has the focus then. */
export function useRemoval(id: string): () => void {
  const { deleteConversation } = useActions();
  const [isOpen] = useRoute(`/c/${id}`);
  const [, navigate] = useLocation();
  return () => {
    focusBeside(id);
    deleteConversation(id, { undoFor: UNDO_TIME });
    if (isOpen) navigate('/');
  };
}
