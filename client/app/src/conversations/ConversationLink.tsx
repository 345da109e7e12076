import type { KeyboardEvent, ReactNode } from 'react';
import { Link, useRoute } from 'wouter';
import { useDrawer } from '../shell/drawer';
import { moveFocus } from './focus';
import { useRemoval } from './useRemoval';

interface ConversationLinkProps {
  readonly id: string;
  readonly name: string;
  readonly isUntitled: boolean;
  readonly onRename: () => void;
  readonly children: ReactNode;
}

/** A line of the list. Arrows go to the next, F2 or a double click renames, Delete deletes. */
export function ConversationLink({ id, name, isUntitled, onRename, children }: ConversationLinkProps) {
  const { close } = useDrawer();
  const [isCurrent] = useRoute(`/c/${id}`);
  const remove = useRemoval(id);

  function onKeyDown(event: KeyboardEvent<HTMLElement>): void {
    const link = event.currentTarget;
    const keys: Record<string, () => void> = {
      ArrowDown: () => moveFocus(link, 1),
      ArrowUp: () => moveFocus(link, -1),
      F2: onRename,
      Delete: remove,
    };
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    // The same key means the conversation that is open, where no other is meant.
    event.stopPropagation();
    act();
  }

  return (
    <Link
      href={`/c/${id}`}
      className="conversationLink"
      data-conversation-link={id}
      aria-current={isCurrent ? 'page' : undefined}
      onClick={close}
      onDoubleClick={onRename}
      onKeyDown={onKeyDown}
    >
      {children}
      <span dir="auto" className="conversationName" data-untitled={isUntitled || undefined} title={name}>
        {name}
      </span>
    </Link>
  );
}
