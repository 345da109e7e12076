/** The browser's locks between tabs. Undefined in old browsers, on pages that are not secure, and outside of browsers. */
export function browserLocks(): LockManager | undefined {
  return typeof navigator === 'undefined' ? undefined : (navigator as Partial<Navigator>).locks;
}
