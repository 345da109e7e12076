import type { Config } from '@bitworks/sdk';
import { createContext, useContext } from 'react';
import { useTranslation } from 'react-i18next';

export interface SiteState {
  /** What the server said of itself; undefined until it has. */
  readonly config: Config | undefined;
  /** Asks again: a server that comes back may be set up differently. */
  readonly refresh: () => void;
}

export const Site = createContext<SiteState>({ config: undefined, refresh: () => undefined });

export function useSite(): SiteState {
  return useContext(Site);
}

/** What people call this server. */
export function useSiteName(): string {
  const { t } = useTranslation();
  return useSite().config?.site_name ?? t('app.name');
}
