import { useClient } from '@bitworks/react';
import { readLocalStorageValue, useLocalStorage } from '@mantine/hooks';
import { useEffect, type ReactNode } from 'react';
import { Answerer } from './useAnswerer';

const KEY = 'bitworks.answerer';

/** Finds out, once, whether the server answers by itself. What was last known holds until it is reached. */
export function AnswererProvider({ children }: { children: ReactNode }) {
  const client = useClient();
  const [answers, setAnswers] = useLocalStorage({
    key: KEY,
    defaultValue: readLocalStorageValue({ key: KEY, defaultValue: false }),
  });
  useEffect(() => {
    void client.models().then((models) => {
      if (models.ok) setAnswers(models.data.length > 0);
    });
  }, [client, setAnswers]);
  return <Answerer value={answers}>{children}</Answerer>;
}
