import { useClient } from '@bitworks/react';
import { readLocalStorageValue, useLocalStorage } from '@mantine/hooks';
import { useEffect } from 'react';

const KEY = 'bitworks.answerer';

/** Whether the server answers by itself. What was last known holds until it is reached. */
export function useAnswerer(): boolean {
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
  return answers;
}
