/** What browsers other than Safari tell a page that can be installed; TypeScript does not know it. */
interface InstallPrompt extends Event {
  prompt(): Promise<unknown>;
}

const listeners = new Set<() => void>();
let prompt: InstallPrompt | undefined;

function set(next: InstallPrompt | undefined): void {
  prompt = next;
  for (const listener of listeners) listener();
}

// It comes once, maybe before anything is drawn: what offers it shows later.
window.addEventListener('beforeinstallprompt', (event) => {
  event.preventDefault();
  set(event as InstallPrompt);
});
window.addEventListener('appinstalled', () => set(undefined));

/** Whether the browser would install the app if it were asked. */
export const installable = {
  read: () => prompt !== undefined,
  subscribe: (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

/** Has the browser ask. It can be had once: afterwards the browser tells again, if at all. */
export function install(): void {
  const asked = prompt;
  set(undefined);
  void asked?.prompt();
}

/** Whether the app is in a Safari that can put it on the home screen, but lets no page ask for it. */
export function isAddedByHand(): boolean {
  const isApple = /iPhone|iPad/.test(navigator.userAgent) || isTouchMac();
  return isApple && !window.matchMedia('(display-mode: standalone)').matches;
}

/** An iPad says that it is a Mac; no Mac has a touch screen. */
function isTouchMac(): boolean {
  return navigator.userAgent.includes('Macintosh') && navigator.maxTouchPoints > 1;
}
