/**
 * Does something with what this browser keeps for the site, and answers with the outcome; with `otherwise` where the
 * browser lets nothing be kept, or has no room.
 */
export function inStorage<T>(act: (storage: Storage) => T, otherwise: T): T {
  try {
    return act(window.localStorage);
  } catch {
    return otherwise;
  }
}
