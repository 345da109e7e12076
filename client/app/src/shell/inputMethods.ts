/**
 * Whether a key belongs to an input method, which chooses between words with it. Chromium and Firefox say so by
 * `isComposing`. Safari ends the composition before the key that ended it comes, and macOS may send Escape in the midst of
 * one: then only the code that stands for every such key tells.
 */
export function isOfInputMethod(event: KeyboardEvent): boolean {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- Safari tells it in no other way
  return event.isComposing || event.keyCode === PROCESSED;
}

/** The key code of what an input method has processed. */
const PROCESSED = 229;

/**
 * Keeps these keys from everything in the page that listens for any: fields, shortcuts, dialogs and lists alike, those
 * of the components too. To be called before the first of them listens. What a key writes it writes all the same.
 */
export function leaveKeysToInputMethods(): void {
  window.addEventListener('keydown', (event) => isOfInputMethod(event) && event.stopImmediatePropagation(), {
    capture: true,
  });
}
