import type { Failure, Outcome, Window } from '@bitworks/sdk';
import { useCallback, useEffect, useState } from 'react';
import { useClient } from './useClient.js';
import { useSnapshot } from './useSnapshot.js';

/** What a model is given of one conversation, and how the reading of it stands. */
export interface ContextWindow {
  /** What a model would be given now; while it is read again, what it was before. */
  readonly window: Window | undefined;
  readonly failure: Failure | undefined;
  readonly isLoading: boolean;
  readonly reload: () => void;
}

type Held = Pick<ContextWindow, 'window' | 'failure'>;

/** Milliseconds in which changes are gathered before the window is read again. */
const PAUSE = 250;

/** What of a conversation a model is given and what falls out; read again when its messages or its context change. */
export function useContextWindow(conversationId: string): ContextWindow {
  const client = useClient();
  const [held, setHeld] = useState<Held>({ window: undefined, failure: undefined });
  const [isLoading, setIsLoading] = useState(true);
  const [turn, setTurn] = useState(0);
  const isLive = useSnapshot(({ connection }) => connection.status === 'live');
  const messages = useSnapshot(({ state }) => state.messages.get(conversationId));
  const context = useSnapshot(({ state }) => state.contexts.get(conversationId));

  useEffect(() => {
    if (!isLive) return undefined;
    let isCurrent = true;
    const timer = setTimeout(() => {
      setIsLoading(true);
      void client.readWindow(conversationId).then((outcome) => {
        if (!isCurrent) return;
        setIsLoading(false);
        setHeld((before) => steady(before, heldOf(outcome)));
      });
    }, PAUSE);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [client, conversationId, isLive, messages, context, turn]);

  return { ...held, isLoading, reload: useCallback(() => setTurn((before) => before + 1), []) };
}

function heldOf(outcome: Outcome<Window>): Held {
  return outcome.ok
    ? { window: outcome.data, failure: undefined }
    : { window: undefined, failure: outcome.failure };
}

/** What comes to the same stays the same, so that nothing is rendered for it. */
function steady(before: Held, now: Held): Held {
  return JSON.stringify(before) === JSON.stringify(now) ? before : now;
}
