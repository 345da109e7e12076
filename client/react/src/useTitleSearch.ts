import type { ConversationView, Failure } from '@bitworks/sdk';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useClient } from './useClient.js';
import { useRead } from './useRead.js';
import { useSnapshot } from './useSnapshot.js';
import { createTitleFilter } from './withTitle.js';

/** What a search has found, and how it stands. */
export interface TitleSearch {
  /** The latest first. */
  readonly conversations: readonly ConversationView[];
  /** `loading` until the server has been asked too; what is held here is there at once, and offline is all there is. */
  readonly status: 'loading' | 'ready' | 'failed';
  readonly failure: Failure | undefined;
  readonly retry: () => void;
}

/** Milliseconds without a key after which the server is asked. */
const PAUSE = 200;

/** The conversations whose title has these words anywhere, whatever their case and accents, live as one types. */
export function useTitleSearch(words: string): TitleSearch {
  const wanted = words.trim();
  const key = `titles/${wanted}` as const;
  const client = useClient();
  const found = useMemo(() => createTitleFilter(wanted), [wanted]);
  const conversations = useSnapshot(({ state }, { views }) => found(views.conversations(state)));
  const asked = usePaused(wanted, PAUSE);
  useEffect(() => (asked === '' ? undefined : client.watch(`titles/${asked}`)), [client, asked]);
  const read = useRead(key);
  return {
    conversations,
    status: wanted === '' ? 'ready' : (read?.status ?? 'loading'),
    failure: read?.failure,
    retry: useCallback(() => client.reread(key), [client, key]),
  };
}

/** What a value was when it last stayed the same for so many milliseconds. */
function usePaused(value: string, pause: number): string {
  const [paused, setPaused] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setPaused(value), pause);
    return () => clearTimeout(timer);
  }, [value, pause]);
  return paused;
}
