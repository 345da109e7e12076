import { useDocumentTitle } from '@mantine/hooks';
import { useSiteName } from './useSite';

/** The title of the browser's tab: what is on the page, if anything is, where that is, and a dot if it is news. */
export function usePageTitle(name?: string | null, isNews = false): void {
  const site = useSiteName();
  useDocumentTitle(`${isNews ? '● ' : ''}${name ? `${name} · ${site}` : site}`);
}
