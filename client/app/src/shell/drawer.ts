import { createContext, useContext } from 'react';

/** The list of conversations on a phone, where it covers the rest when it is open. */
export interface Drawer {
  readonly isOpen: boolean;
  readonly toggle: () => void;
  readonly close: () => void;
}

export const DrawerContext = createContext<Drawer>({
  isOpen: false,
  toggle: () => undefined,
  close: () => undefined,
});

export function useDrawer(): Drawer {
  return useContext(DrawerContext);
}
