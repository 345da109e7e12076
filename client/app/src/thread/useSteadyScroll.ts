import type { MessageView } from '@bitworks/sdk';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';

/** Pixels from the end within which one counts as being there. */
const NEAR = 48;

interface Anchor {
  readonly element: HTMLElement;
  readonly top: number;
}

/**
 * Whoever reads at the end stays at the end; whoever reads further up keeps what they read in place, whatever is
 * added, changed or removed above. (Browsers do the latter by themselves, but not all, and none at the very top.)
 */
export function useSteadyScroll(messages: readonly MessageView[]) {
  const viewport = useRef<HTMLElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const anchor = useRef<Anchor>(undefined);
  const [isAtEnd, setIsAtEnd] = useState(true);

  const settle = useCallback(() => {
    const view = viewport.current;
    if (!view) return;
    if (atEnd.current) view.scrollTop = view.scrollHeight;
    else if (anchor.current?.element.isConnected)
      view.scrollTop += topOf(anchor.current.element) - anchor.current.top;
    anchor.current = anchorOf(view, content.current);
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
      atEnd.current = view.scrollHeight - view.scrollTop - view.clientHeight < NEAR;
      anchor.current = anchorOf(view, content.current);
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

/** The first message whose end is in sight, found in as many steps as its index has bits. */
function anchorOf(view: HTMLElement, content: HTMLElement | null): Anchor | undefined {
  const rows = content?.querySelectorAll<HTMLElement>('[data-message]') ?? [];
  const top = topOf(view);
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = rows[middle];
    if (row && row.getBoundingClientRect().bottom > top) high = middle;
    else low = middle + 1;
  }
  const element = rows[low];
  return element && { element, top: topOf(element) };
}

function topOf(element: HTMLElement): number {
  return element.getBoundingClientRect().top;
}
