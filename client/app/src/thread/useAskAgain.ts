import { useActions } from '@bitworks/react';
import type { Failure, Message } from '@bitworks/sdk';
import { useState } from 'react';
import { useAnswerer } from '../models/useAnswerer';

export interface AskingAgain {
  readonly ask: () => void;
  /** Why it could not be asked for. */
  readonly failure: Failure | undefined;
  /** Until the server has taken it: pressed twice it would be asked twice. */
  readonly isAsking: boolean;
}

/** Asks for another answer to the same question, or for the first one; undefined where nobody answers. */
export function useAskAgain(record: Message): AskingAgain | undefined {
  const { reply } = useActions();
  const answers = useAnswerer();
  const [failure, setFailure] = useState<Failure>();
  const [isAsking, setIsAsking] = useState(false);
  const question = questionOf(record);
  if (!answers || question === undefined) return undefined;

  async function ask(question: string): Promise<void> {
    setIsAsking(true);
    const asked = await reply(question, { onBusy: 'enqueue' });
    setIsAsking(false);
    setFailure(asked.ok ? undefined : asked.failure);
  }

  return { ask: () => (isAsking ? undefined : void ask(question)), failure, isAsking };
}

/** The message that an answer is to; undefined while the answer is still being written. */
function questionOf({ id, role, status, metadata }: Message): string | undefined {
  if (role === 'user') return id;
  const question = metadata['reply_to'];
  return status !== 'streaming' && typeof question === 'string' ? question : undefined;
}
