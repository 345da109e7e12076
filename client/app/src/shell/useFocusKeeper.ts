import { useEffect } from 'react';

/** How many places are remembered. */
const REMEMBERED = 20;

/**
 * The focus is never lost: when what had it goes away, by its own press or by what happens elsewhere, the region around
 * it has the focus then, or, where that went with it, what had it before. Whoever knows a better place is faster.
 */
export function useFocusKeeper(): void {
  useEffect(() => {
    const keeper = new FocusKeeper();
    const observer = new MutationObserver(() => keeper.check());
    observer.observe(document.body, { childList: true, subtree: true });
    document.addEventListener('focusin', keeper.enter);
    document.addEventListener('focusout', keeper.leave);
    return () => {
      observer.disconnect();
      document.removeEventListener('focusin', keeper.enter);
      document.removeEventListener('focusout', keeper.leave);
    };
  }, []);
}

class FocusKeeper {
  /** What has the focus, unless somebody let it go. */
  private current: HTMLElement | undefined;
  private region: HTMLElement | undefined;
  /** What had it before, the latest first. */
  private places: HTMLElement[] = [];

  readonly enter = ({ target }: FocusEvent): void => {
    if (!(target instanceof HTMLElement)) return;
    this.current = target;
    this.region = target.parentElement?.closest<HTMLElement>('[tabindex]') ?? undefined;
    this.places = [target, ...this.places.filter((place) => place !== target)].slice(0, REMEMBERED);
  };

  /** A press beside everything lets it go; a window that is left, and what goes away, does not. */
  readonly leave = ({ target }: FocusEvent): void => {
    queueMicrotask(() => {
      if (this.current === target && this.current.isConnected && document.hasFocus())
        this.current = undefined;
    });
  };

  check(): void {
    if (this.isLost()) setTimeout(() => this.isLost() && this.restore());
  }

  private restore(): void {
    this.current = this.home();
    this.current?.focus({ preventScroll: true });
  }

  private isLost(): boolean {
    return this.current?.isConnected === false && document.activeElement === document.body;
  }

  private home(): HTMLElement | undefined {
    if (this.region?.isConnected) return this.region;
    return this.places.find((place) => place.isConnected && place.checkVisibility());
  }
}
