import { shelfOf } from '../../worker/build';

/** What this page was built as; while developing, nothing. */
const build = document.querySelector<HTMLMetaElement>('meta[name=build]')?.content;
const listeners = new Set<() => void>();
let isTakenOver = false;
let isOutdated = false;

/** Has the app open without a network from now on, where the browser allows it: not over plain HTTP from elsewhere. */
export function startWorker(): void {
  if (build === undefined || !('serviceWorker' in navigator)) return;
  // For as long as this page is open, what it is made of is kept.
  void navigator.locks.request(shelfOf(build), { mode: 'shared' }, () => new Promise(() => undefined));
  // Whatever the first screen needs comes first.
  if (document.readyState === 'complete') void register();
  else window.addEventListener('load', () => void register(), { once: true });
}

async function register(): Promise<void> {
  const { serviceWorker } = navigator;
  serviceWorker.addEventListener('message', hear);
  serviceWorker.addEventListener('controllerchange', () => {
    isTakenOver = true;
    greet();
  });
  greet();
  // Where it is refused, the app works as before.
  await serviceWorker.register('/sw.js').catch(() => undefined);
}

/** The worker that has this page answers with the name of its build. */
function greet(): void {
  navigator.serviceWorker.controller?.postMessage('here');
}

/** The worker that was there when this page began may be of an older build than the page; one that came since is not. */
function hear({ source, data: current }: MessageEvent<unknown>): void {
  if (!isTakenOver || source !== navigator.serviceWorker.controller) return;
  isOutdated = current !== build;
  for (const listener of listeners) listener();
}

/** To be called when there may be a new version: a server that was away may have come back as another. */
export async function lookForNewVersion(): Promise<void> {
  if (!('serviceWorker' in navigator)) return;
  const registration = await navigator.serviceWorker.getRegistration();
  await registration?.update().catch(() => undefined);
}

/** Whether a reload would show a newer version than this page is. */
export const outdated = {
  read: () => isOutdated,
  subscribe: (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};
