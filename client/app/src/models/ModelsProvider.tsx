import { useClient, useConnection } from '@bitworks/react';
import type { Model } from '@bitworks/sdk';
import { readLocalStorageValue, useLocalStorage } from '@mantine/hooks';
import { useCallback, useEffect, useState, type ReactNode } from 'react';
import { Answerer } from './useAnswerer';
import { Models } from './useModels';

const KEY = 'bitworks.answerer';

/**
 * Finds out which models answer here: at once, for the first question may be written before the connection stands, and
 * at each connection, for a server that comes back may be set up differently. Whether any does is kept, and holds until
 * the server is reached.
 */
export function ModelsProvider({ children }: { children: ReactNode }) {
  const client = useClient();
  const isLive = useConnection().status === 'live';
  const [models, setModels] = useState<readonly Model[]>();
  const [answers, setAnswers] = useLocalStorage({
    key: KEY,
    defaultValue: readLocalStorageValue({ key: KEY, defaultValue: false }),
  });
  const ask = useCallback(() => {
    let isCurrent = true;
    void client.models().then((read) => {
      if (!isCurrent || !read.ok) return;
      setModels(read.data);
      setAnswers(read.data.length > 0);
    });
    return () => {
      isCurrent = false;
    };
  }, [client, setAnswers]);
  useEffect(ask, [ask]);
  useEffect(() => (isLive ? ask() : undefined), [ask, isLive]);
  return (
    <Models value={models}>
      <Answerer value={answers}>{children}</Answerer>
    </Models>
  );
}
