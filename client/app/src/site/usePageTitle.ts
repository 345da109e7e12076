import { useDocumentTitle } from '@mantine/hooks';
import { useSiteName } from './useSite';

/** The title of the browser's tab: what is on the page, if anything is, and where that is. */
export function usePageTitle(name?: string | null): void {
  const site = useSiteName();
  useDocumentTitle(name ? `${name} · ${site}` : site);
}
