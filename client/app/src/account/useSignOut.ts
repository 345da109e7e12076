import { useClient } from '@bitworks/react';
import type { Client } from '@bitworks/sdk';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';

/** Milliseconds in which a live connection has usually taken what waits. */
const PATIENCE = 2_000;

export interface SignOut {
  /** Signs out, unless something would be lost by it: then it is asked first. */
  readonly begin: () => Promise<void>;
  readonly isAsking: boolean;
  /** Whether the server is being told. */
  readonly isLeaving: boolean;
  readonly stay: () => void;
  /** Signs out whatever is lost. */
  readonly leave: () => Promise<void>;
}

/** Ends a sign-in of this browser by `step`, with a warning where changes have not been sent. */
export function useSignOut(step: () => Promise<void>): SignOut {
  const client = useClient();
  const [isAsking, { open, close }] = useDisclosure(false);
  const [isLeaving, setIsLeaving] = useState(false);

  async function begin(): Promise<void> {
    // A deletion that could still be undone is meant: it must not be lost.
    client.release();
    if (await isSent(client)) await leave();
    else open();
  }

  async function leave(): Promise<void> {
    close();
    setIsLeaving(true);
    await step().finally(() => setIsLeaving(false));
  }

  return { begin, isAsking, isLeaving, stay: close, leave };
}

/** Whether nothing waits any more; where there is a connection, what was just written is given a moment. */
async function isSent({ store }: Client): Promise<boolean> {
  const isEmpty = () => store.getSnapshot().state.pending.length === 0;
  if (isEmpty() || store.getSnapshot().connection.status !== 'live') return isEmpty();
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      unsubscribe();
      resolve(isEmpty());
    };
    const unsubscribe = store.subscribe(() => isEmpty() && finish());
    const timer = setTimeout(finish, PATIENCE);
  });
}
