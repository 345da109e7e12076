import { useLocalStorage } from '@mantine/hooks';
import { useState } from 'react';

/** From this width on there is room for the panel beside the thread. */
const WIDE = '(min-width: 62em)';

const DOCKED = { key: 'bitworks.contextDocked', defaultValue: false, getInitialValueInEffect: false };

/** Beside the thread, which stays in use, or above it. */
export type Frame = 'dock' | 'drawer';

/**
 * Where the context panel stands, if it is open. It keeps its frame when the screen is turned, and with it what was
 * typed. Beside the thread it stays open from one conversation to the next, and for the next visit.
 */
export function useContextPanel() {
  const [isDocked, setIsDocked] = useLocalStorage(DOCKED);
  const [frame, setFrame] = useState<Frame | undefined>(() => (isDocked && isWide() ? 'dock' : undefined));
  const [isAsked, setIsAsked] = useState(false);

  function open(): void {
    setFrame(isWide() ? 'dock' : 'drawer');
    setIsDocked(isWide());
    setIsAsked(true);
  }

  function close(): void {
    setFrame(undefined);
    setIsDocked(false);
  }

  return { frame, isAsked, close, toggle: frame ? close : open };
}

function isWide(): boolean {
  return window.matchMedia(WIDE).matches;
}
