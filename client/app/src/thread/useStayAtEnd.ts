import type { MessageView } from '@bitworks/sdk';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';

/** Pixels from the end within which one counts as being there. */
const NEAR = 48;

/**
 * Whoever reads at the end stays at the end, whatever grows; whoever went up stays where they are until they come back.
 * Only going up leaves the end: growth never does.
 */
export function useStayAtEnd(messages: readonly MessageView[]) {
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
  const toEnd = useCallback(() => {
    atEnd.current = true;
    settle();
  }, [settle]);

  // What one has written oneself is what one wants to see.
  const last = messages.at(-1);
  const ownId = last?.pending?.write.event === 'message:create' ? last.record.id : undefined;
  useLayoutEffect(() => {
    if (ownId !== undefined) toEnd();
  }, [ownId, toEnd]);

  useLayoutEffect(settle, [messages, settle]);

  useEffect(() => {
    const view = viewport.current;
    if (!view || !content.current) return undefined;
    const onScroll = () => {
      const isNear = view.scrollHeight - view.scrollTop - view.clientHeight < NEAR;
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
  }, [settle]);

  return { viewport, content, isAtEnd, toEnd };
}
