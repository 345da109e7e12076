const CAPS: Record<string, string> = {
  shift: 'Shift',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Escape: 'Esc',
  Backspace: '⌫',
};
const APPLE_CAPS: Record<string, string> = { mod: '⌘', alt: '⌥', shift: '⇧' };
const OTHER_CAPS: Record<string, string> = { mod: 'Ctrl', alt: 'Alt' };

/** What stands on the keys of a shortcut, one by one. A sign that shift makes shows as the sign alone. */
export function keyCaps(keys: string, isApple: boolean): readonly string[] {
  const own = isApple ? APPLE_CAPS : OTHER_CAPS;
  return (keys === 'shift+?' ? ['?'] : keys.split(/[+ ]/)).map((key) => own[key] ?? CAPS[key] ?? key);
}

export function isAppleDevice(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.userAgent);
}
