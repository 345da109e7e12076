import { inStorage } from '../storage';

const KEY = 'bitworks.hasBeenHere';

/** Whether somebody has signed in on this browser before, as far as it remembers. */
export function hasBeenHere(): boolean {
  return inStorage((storage) => storage.getItem(KEY) !== null, false);
}

export function noteVisit(): void {
  inStorage((storage) => storage.setItem(KEY, '1'), undefined);
}
