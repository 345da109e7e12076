import { useDisclosure, useLocalStorage, useMediaQuery } from '@mantine/hooks';
import { useState } from 'react';
import type { Drawer } from './drawer';
import { useShortcut } from './shortcuts';

/** From this width on the list stands beside the rest. */
const DESK = '(min-width: 48em)';

/** Between these there is room for the panel beside the thread, but not for the list as well. */
const NARROW_DESK = '(min-width: 62em) and (max-width: 74.99em)';

/** Whether the list shows: on a desk as it was left, but that it gives way to the panel where there is no room for both. */
export function useDrawerState(): Drawer {
  const isDesk = useMatch(DESK);
  const [isOpen, { toggle, open, close }] = useDisclosure(false);
  const [isPutAway, setIsPutAway] = useLocalStorage({
    key: 'bitworks.listHidden',
    defaultValue: false,
    getInitialValueInEffect: false,
  });
  const { hasGivenWay, giveWay, comeBack } = useGivingWay();
  const isHidden = isPutAway || hasGivenWay;

  function showOnDesk(): void {
    setIsPutAway(false);
    comeBack();
  }
  const hide = () => setIsPutAway(true);
  const toggleOnDesk = isHidden ? showOnDesk : hide;
  useShortcut('sidebar', isDesk ? toggleOnDesk : toggle);
  return { isOpen, isHidden, toggle, close, show: isDesk ? showOnDesk : open, hide, giveWay };
}

/** It gives way each time the panel comes, until it is asked for. */
function useGivingWay() {
  const isNarrow = useMatch(NARROW_DESK);
  const [isBeside, giveWay] = useState(false);
  const mustGive = isNarrow && isBeside;
  const [before, setBefore] = useState(mustGive);
  const [isAsked, setIsAsked] = useState(false);
  if (before !== mustGive) {
    setBefore(mustGive);
    setIsAsked(false);
  }
  return { hasGivenWay: mustGive && !isAsked, giveWay, comeBack: () => setIsAsked(true) };
}

function useMatch(query: string): boolean {
  return useMediaQuery(query, undefined, { getInitialValueInEffect: false });
}
