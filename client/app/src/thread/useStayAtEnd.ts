import type { Messages } from '@bitworks/react';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';

/** Pixels from the end within which one counts as being there. */
const NEAR = 48;

/**
 * Whoever reads at the end stays at the end, whatever grows; whoever went up stays where they are until they come back.
 * Only going up leaves the end: growth never does.
 */
export function useStayAtEnd({ messages, hasNewer, toLatest }: Messages) {
  const viewport = useRef<HTMLElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const lastTop = useRef(0);
  const [isAtEnd, setIsAtEnd] = useState(true);

  const settle = useCallback(() => {
    const view = viewport.current;
    if (view && atEnd.current) view.scrollTop = view.scrollHeight;
  }, []);

  // The scroll event that follows says that the end is reached.
  const settleAtEnd = useCallback(() => {
    atEnd.current = true;
    settle();
  }, [settle]);

  function toEnd(): void {
    toLatest();
    settleAtEnd();
  }

  // At once: what is measured on the way would stop a scroll that takes its time.
  function toStart(): void {
    atEnd.current = false;
    viewport.current?.scrollTo({ top: 0, behavior: 'instant' });
  }

  // What one has written oneself is what one wants to see.
  const last = messages.at(-1);
  const ownId = last?.pending?.write.event === 'message:create' ? last.record.id : undefined;
  useLayoutEffect(() => {
    if (ownId !== undefined) settleAtEnd();
  }, [ownId, settleAtEnd]);

  useLayoutEffect(settle, [messages, settle]);

  useEffect(() => {
    const view = viewport.current;
    if (!view || !content.current) return undefined;
    const onScroll = () => {
      // Where the end was let go, the last message that is held is not it.
      const isNear = !hasNewer && view.scrollHeight - view.scrollTop - view.clientHeight < NEAR;
      if (isNear || view.scrollTop < lastTop.current) atEnd.current = isNear;
      lastTop.current = view.scrollTop;
      setIsAtEnd(atEnd.current);
    };
    const sizes = new ResizeObserver(settle);
    sizes.observe(view);
    sizes.observe(content.current);
    view.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      sizes.disconnect();
      view.removeEventListener('scroll', onScroll);
    };
  }, [settle, hasNewer]);

  return { viewport, content, isAtEnd, toStart, toEnd };
}
