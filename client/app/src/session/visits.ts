const KEY = 'bitworks.hasBeenHere';

/** Whether somebody has signed in on this browser before. */
export function hasBeenHere(): boolean {
  return localStorage.getItem(KEY) !== null;
}

export function noteVisit(): void {
  localStorage.setItem(KEY, '1');
}
