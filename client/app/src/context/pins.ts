import type { Actions } from '@bitworks/react';
import type { Context, ContextUpdate, Failure } from '@bitworks/sdk';

type Doing = Pick<Actions, 'saveContext' | 'discard'>;

/** How often a pin is put upon what somebody else has just saved. */
const TRIES = 3;

export function pinnedOf(context: Context | undefined): readonly string[] {
  const pinned = context?.context_window?.['pinned'];
  return Array.isArray(pinned) ? pinned.filter((id) => typeof id === 'string') : [];
}

/** What to send so that one message is pinned or not; all else of the context stays. */
export function pinInput(
  conversationId: string,
  context: Context | undefined,
  id: string,
  isPinned: boolean,
): ContextUpdate {
  const others = pinnedOf(context).filter((other) => other !== id);
  const { pinned: _, ...rest } = context?.context_window ?? {};
  const pinned = isPinned ? [...others, id] : others;
  const window = pinned.length > 0 ? { ...rest, pinned } : rest;
  return {
    conversation_id: conversationId,
    context_window: Object.keys(window).length > 0 ? window : null,
    ...(context && { if_revision: context.revision }),
  };
}

/**
 * Pins or unpins upon the context as it is known. Pins of two devices do not contradict each other: where another was
 * faster, this one is put upon theirs. Answers with why it did not work.
 */
export async function savePin(
  { saveContext, discard }: Doing,
  [conversationId, known, id, isPinned]: Parameters<typeof pinInput>,
): Promise<Failure | undefined> {
  let context = known;
  for (let left = TRIES; ; left -= 1) {
    const { key, settled } = saveContext(pinInput(conversationId, context, id, isPinned));
    const saved = await settled;
    if (saved.ok) return undefined;
    const { code, current } = saved.failure;
    if (code !== 'stale' || left === 1 || !isContextOf(conversationId, current)) return saved.failure;
    discard(key);
    context = current;
  }
}

function isContextOf(conversationId: string, value: unknown): value is Context {
  return (
    typeof value === 'object' &&
    value !== null &&
    'conversation_id' in value &&
    value.conversation_id === conversationId
  );
}
