/** Milliseconds between two looks at the clock. */
const LOOK = 5_000;
/** Milliseconds that must have passed unseen for this to have been a sleep. (A hidden tab is let look once a minute.) */
const SLEEP = 90_000;

/**
 * Calls back when the network or the page's visibility may be back, after a sleep too, and when the network is known
 * to be lost. Ends when the returned function is called.
 */
export function watchNetwork(onBack: () => void, onLost: () => void): () => void {
  const stop = watchClock(onBack);
  if (typeof window === 'undefined' || typeof document === 'undefined') return stop;
  const onVisible = () => {
    if (document.visibilityState === 'visible') onBack();
  };
  const watching = new AbortController();
  window.addEventListener('online', onBack, watching);
  window.addEventListener('offline', onLost, watching);
  document.addEventListener('visibilitychange', onVisible, watching);
  return () => {
    stop();
    watching.abort();
  };
}

/** No event tells that a machine woke up; but its clock has gone on without its timers. */
function watchClock(onWoken: () => void): () => void {
  let last = Date.now();
  const timer = setInterval(() => {
    const now = Date.now();
    if (now - last > SLEEP) onWoken();
    last = now;
  }, LOOK);
  return () => clearInterval(timer);
}
