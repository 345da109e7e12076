import { useDisclosure, useLocalStorage, useMediaQuery } from '@mantine/hooks';
import { useState } from 'react';
import { useRoute } from 'wouter';
import { useIsContextDocked } from '../context/useContextPanel';
import type { Drawer } from './drawer';
import { useShortcut } from './shortcuts';

/** Between these there is room for the panel beside the thread, but not for the list as well. */
const NARROW_DESK = '(min-width: 62em) and (max-width: 74.99em)';

/** Whether the list shows: on a desk as it was left, but that it gives way to the panel where there is no room for both. */
export function useDrawerState(): Drawer {
  const [isOpen, { toggle, open, close }] = useDisclosure(false);
  const [isPutAway, setIsPutAway] = useLocalStorage({
    key: 'bitworks.listHidden',
    defaultValue: false,
    getInitialValueInEffect: false,
  });
  const givesWay = useGivingWay();
  const isHidden = isPutAway || givesWay.isHidden;

  function show(): void {
    open();
    setIsPutAway(false);
    givesWay.end();
  }
  const hide = () => setIsPutAway(true);
  useShortcut('sidebar', isHidden ? show : hide);
  return { isOpen, isHidden, toggle, close, show, hide };
}

/** It gives way each time the panel comes, until it is asked for. */
function useGivingWay() {
  const isNarrow = useMediaQuery(NARROW_DESK, undefined, { getInitialValueInEffect: false });
  const [isInConversation] = useRoute('/c/:id');
  const isDocked = useIsContextDocked();
  const mustGive = isNarrow && isDocked && isInConversation;
  const [before, setBefore] = useState(mustGive);
  const [isAsked, setIsAsked] = useState(false);
  if (before !== mustGive) {
    setBefore(mustGive);
    setIsAsked(false);
  }
  return { isHidden: mustGive && !isAsked, end: () => setIsAsked(true) };
}
