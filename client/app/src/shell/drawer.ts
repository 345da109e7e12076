import { createContext, useContext } from 'react';

/** The list of conversations: on a phone a drawer above the rest, on a desk beside it, where it can be hidden. */
export interface Drawer {
  /** Whether it is open on a phone. */
  readonly isOpen: boolean;
  /** Whether it is hidden on a desk. */
  readonly isHidden: boolean;
  /** Opens and closes it on a phone. */
  readonly toggle: () => void;
  /** Closes it on a phone; on a desk it stays as it is. */
  readonly close: () => void;
  /** Shows it wherever one is. */
  readonly show: () => void;
  /** Hides it on a desk. */
  readonly hide: () => void;
  /** Said by what stands on the other side of the thread, when it comes and when it goes. */
  readonly giveWay: (isBeside: boolean) => void;
}

const nothing = () => undefined;

export const DrawerContext = createContext<Drawer>({
  ...{ isOpen: false, isHidden: false },
  ...{ toggle: nothing, close: nothing, show: nothing, hide: nothing, giveWay: nothing },
});

export function useDrawer(): Drawer {
  return useContext(DrawerContext);
}
