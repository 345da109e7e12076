import { useDocumentVisibility } from '@mantine/hooks';
import { useEffect, useState } from 'react';

const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]');

/**
 * Whether something came while nobody looked at this tab, whose icon then has a dot. `latest` is the position of the
 * newest thing on the page; undefined until it is known. What goes away is no news.
 */
export function useNews(latest: number | undefined): boolean {
  const isLookedAt = useDocumentVisibility() === 'visible';
  const [seen, setSeen] = useState(latest);
  if (seen !== latest && (isLookedAt || seen === undefined)) setSeen(latest);
  const isNew = !isLookedAt && latest !== undefined && seen !== undefined && latest > seen;
  useEffect(() => {
    if (!isNew || !icon) return undefined;
    const before = icon.href;
    icon.href = '/favicon-news.svg';
    return () => {
      icon.href = before;
    };
  }, [isNew]);
  return isNew;
}
