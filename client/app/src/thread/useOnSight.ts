import { useEffect, useRef, type RefObject } from 'react';

/** How far from what is seen the next page is asked for, in pixels. */
const AHEAD = 600;

/** Loads the next page when an end of the list comes near; to be put on an element that stands there. */
export function useOnSight(isWanted: boolean, onSight: () => void): RefObject<HTMLDivElement | null> {
  const sentinel = useRef<HTMLDivElement>(null);
  const load = useRef(onSight);
  useEffect(() => {
    load.current = onSight;
  });
  // A new observer reports at once, so a page that did not fill the screen is followed by the next.
  useEffect(() => {
    const element = sentinel.current;
    if (!isWanted || !element) return undefined;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && load.current(), {
      root: element.closest('.thread'),
      rootMargin: `${AHEAD}px 0px`,
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [isWanted]);
  return sentinel;
}
