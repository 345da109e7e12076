import { useEffect } from 'react';

/** How many places are remembered. */
const REMEMBERED = 20;

/**
 * The focus is never lost: when what had it goes away, by its own press or by what happens elsewhere, the region around
 * it has the focus then, or, where that went with it, what had it before. Whoever knows a better place is faster.
 */
export function useFocusKeeper(): void {
  useEffect(() => {
    const { enter, leave, check } = createFocusKeeper();
    const observer = new MutationObserver(check);
    observer.observe(document.body, { childList: true, subtree: true });
    document.addEventListener('focusin', enter);
    document.addEventListener('focusout', leave);
    return () => {
      observer.disconnect();
      document.removeEventListener('focusin', enter);
      document.removeEventListener('focusout', leave);
    };
  }, []);
}

function createFocusKeeper() {
  /** What has the focus, unless somebody let it go. */
  let current: HTMLElement | undefined;
  let region: HTMLElement | undefined;
  /** What had it before, the latest first. */
  let places: readonly HTMLElement[] = [];

  function enter({ target }: FocusEvent): void {
    if (!(target instanceof HTMLElement)) return;
    current = target;
    region = target.parentElement?.closest<HTMLElement>('[tabindex]') ?? undefined;
    places = [target, ...places.filter((place) => place !== target)].slice(0, REMEMBERED);
  }

  /** A press beside everything lets it go; a window that is left, and what goes away, does not. */
  function leave({ target }: FocusEvent): void {
    queueMicrotask(() => {
      if (current === target && current.isConnected && document.hasFocus()) current = undefined;
    });
  }

  function check(): void {
    if (isLost()) setTimeout(() => isLost() && restore());
  }

  function isLost(): boolean {
    return current?.isConnected === false && document.activeElement === document.body;
  }

  function restore(): void {
    current = home();
    current?.focus({ preventScroll: true });
  }

  function home(): HTMLElement | undefined {
    if (region?.isConnected) return region;
    return places.find((place) => place.isConnected && place.checkVisibility());
  }

  return { enter, leave, check };
}
