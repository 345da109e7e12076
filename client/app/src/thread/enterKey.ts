import type { KeyboardEvent } from 'react';

/** Keys that a keyboard on the glass does not have. */
const REAL_KEYS = ['Control', 'Meta', 'Alt', 'Escape'];
let hasKeyboard = false;

/** Whether one points with a finger, and so most likely writes on the glass too. */
export function isOnGlass(): boolean {
  return window.matchMedia('(pointer: coarse)').matches;
}

/**
 * Whether a key that was pressed in a text of several lines ends it. Enter does where there is a keyboard, and Ctrl or
 * Cmd with it everywhere; on the glass, where no other key begins a new line, Enter does that. To be asked about every
 * key: some of them tell that there is a keyboard.
 */
export function endsText({ key, code, shiftKey, ctrlKey, metaKey }: KeyboardEvent): boolean {
  if (REAL_KEYS.includes(key)) hasKeyboard = true;
  if (key !== 'Enter' || shiftKey) return false;
  return ctrlKey || metaKey || hasKeyboard || !isOnGlass() || isOfTablet(code);
}

/** A tablet with a keyboard has something finer than a finger to point with, and its keys have a place. */
function isOfTablet(code: string): boolean {
  return code === 'Enter' && window.matchMedia('(any-pointer: fine)').matches;
}
