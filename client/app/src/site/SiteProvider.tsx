import { readConfig, type Config } from '@bitworks/sdk';
import { readLocalStorageValue, useLocalStorage } from '@mantine/hooks';
import { useCallback, useEffect, useMemo, type ReactNode } from 'react';
import { SERVER_URL } from '../session/auth';
import { Site } from './useSite';

const KEY = 'bitworks.site';

/** Finds out what kind of server this is. What it said last is kept, and holds until it is reached. */
export function SiteProvider({ children }: { children: ReactNode }) {
  const [config, setConfig] = useLocalStorage<Config | undefined>({
    key: KEY,
    defaultValue: readLocalStorageValue<Config | undefined>({ key: KEY }),
  });
  const refresh = useCallback(
    () => void readConfig(SERVER_URL).then(setConfig, () => undefined),
    [setConfig],
  );
  useEffect(refresh, [refresh]);
  const site = useMemo(() => ({ config, refresh }), [config, refresh]);
  return <Site value={site}>{children}</Site>;
}
