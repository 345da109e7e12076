import { useHotkeys } from '@mantine/hooks';

/** Every shortcut that works wherever one is; `mod` is Ctrl, or the command key of a Mac. */
export const SHORTCUTS = {
  newConversation: 'mod+shift+O',
  search: 'mod+K',
  sidebar: 'mod+B',
  previous: 'alt+ArrowUp',
  next: 'alt+ArrowDown',
  write: 'shift+Escape',
  context: 'mod+.',
  rename: 'F2',
  remove: 'mod+shift+Backspace',
  undo: 'mod+Z',
  sheet: 'shift+?',
} as const;
export type Shortcut = keyof typeof SHORTCUTS;

/** These mean something else where one writes. */
const NOT_IN_TEXT: readonly Shortcut[] = ['sheet', 'undo'];
const FIELDS = ['INPUT', 'TEXTAREA', 'SELECT'];

/** Does something at a shortcut while the component is on the screen, unless a dialog is open above it. */
export function useShortcut(name: Shortcut, act: () => void): void {
  const perform = () => document.querySelector('[aria-modal="true"]') ?? act();
  useHotkeys([[SHORTCUTS[name], perform]], NOT_IN_TEXT.includes(name) ? FIELDS : []);
}
