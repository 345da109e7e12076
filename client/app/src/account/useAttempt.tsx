import { BitworksError } from '@bitworks/sdk';
import { Alert } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useFailureText } from '../i18n/useFailureText';

interface Attempt {
  /** How it went, once it is known. */
  readonly message: ReactNode;
  /** Answers with what is to be said when it went well. */
  readonly run: (step: () => Promise<string | undefined>) => Promise<void>;
}

/** Runs something that may be refused, and says how it went; `asked` as for `useFailureText`. */
export function useAttempt(asked?: Parameters<typeof useFailureText>[0]): Attempt {
  const failureText = useFailureText(asked);
  const [said, setSaid] = useState<{ words: string; isGood: boolean }>();

  async function run(step: () => Promise<string | undefined>): Promise<void> {
    setSaid(undefined);
    try {
      const words = await step();
      if (words !== undefined) setSaid({ words, isGood: true });
    } catch (error) {
      if (!(error instanceof BitworksError)) throw error;
      setSaid({ words: failureText(error.failure), isGood: false });
    }
  }

  const message = said && (
    <Alert variant="light" color={said.isGood ? 'pine' : 'red'} role={said.isGood ? 'status' : 'alert'}>
      {said.words}
    </Alert>
  );
  return { message, run };
}
