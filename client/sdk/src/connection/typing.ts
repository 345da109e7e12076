import type { Store } from '../state/store.js';

/** Who types where: told to the other devices now and then, and forgotten a while after they told it last. */
export interface Typing {
  /** To be called at every key: tells the others, though not at every key. */
  readonly tell: (conversationId: string) => void;
  readonly hear: (conversationId: string) => void;
}

interface TypingOptions {
  readonly store: Store;
  readonly emit: (event: string, input: object) => void;
}

/** Milliseconds between two notices of one conversation. */
export const TELL_EVERY = 2_500;
/** Milliseconds after the last notice from which typing counts as ended. */
export const HEARD_FOR = 5_000;

/** Dispatches `typing` and `typing-ended`, and emits `typing`. */
export function createTyping({ store, emit }: TypingOptions): Typing {
  const told = new Map<string, number>();
  const heard = new Map<string, ReturnType<typeof setTimeout>>();

  function tell(conversationId: string): void {
    const now = Date.now();
    if (now - (told.get(conversationId) ?? -Infinity) < TELL_EVERY) return;
    told.set(conversationId, now);
    emit('typing', { conversation_id: conversationId });
  }

  function hear(conversationId: string): void {
    clearTimeout(heard.get(conversationId));
    heard.set(
      conversationId,
      setTimeout(() => end(conversationId), HEARD_FOR),
    );
    store.dispatch({ type: 'typing', conversationId });
  }

  function end(conversationId: string): void {
    heard.delete(conversationId);
    store.dispatch({ type: 'typing-ended', conversationId });
  }

  return { tell, hear };
}
