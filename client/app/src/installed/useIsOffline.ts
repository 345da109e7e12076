import { useEffect, useState } from 'react';

/** Milliseconds between two looks at whether the server is back. */
const PAUSE = 3_000;
/** Milliseconds after which a server that says nothing counts as away. */
const PATIENCE = 5_000;

/** Whether the server cannot be reached; looked at again until it can. A browser's own word says only that there is some network. */
export function useIsOffline(): boolean {
  const [isOffline, setIsOffline] = useState(false);
  useEffect(() => watchServer(setIsOffline), []);
  return isOffline;
}

function watchServer(tell: (isOffline: boolean) => void): () => void {
  const ending = new AbortController();
  let pause: ReturnType<typeof setTimeout> | undefined;

  async function look(): Promise<void> {
    clearTimeout(pause);
    const answers = await isThere();
    if (ending.signal.aborted) return;
    tell(!answers);
    if (!answers) pause = setTimeout(() => void look(), PAUSE);
  }

  for (const event of ['online', 'offline'])
    window.addEventListener(event, () => void look(), { signal: ending.signal });
  void look();
  return () => {
    ending.abort();
    clearTimeout(pause);
  };
}

async function isThere(): Promise<boolean> {
  const signal = AbortSignal.timeout(PATIENCE);
  const answer = await fetch('/healthz', { cache: 'no-store', signal }).catch(() => undefined);
  return answer?.ok === true;
}
