import { startTransition, useEffect, useState } from 'react';

/**
 * How many of things of these sizes stand in the page: what fits into one turn of the browser at once, the others turn by
 * turn, so that none of them takes long. Those that stand there stay.
 */
export function useGradually(sizes: readonly number[], most: number): number {
  const [count, setCount] = useState(() => reach(sizes, 0, most));
  const isBehind = count < sizes.length;
  useEffect(() => {
    if (!isBehind) return undefined;
    const timer = setTimeout(() => {
      startTransition(() => {
        setCount(reach(sizes, count, most));
      });
    });
    return () => {
      clearTimeout(timer);
    };
  }, [sizes, count, most, isBehind]);
  return Math.min(count, sizes.length);
}

/** Where the next turn ends: one more at least. */
function reach(sizes: readonly number[], from: number, most: number): number {
  let [end, sum] = [from, 0];
  do {
    sum += sizes[end] ?? 0;
    end += 1;
  } while (end < sizes.length && sum + (sizes[end] ?? 0) <= most);
  return end;
}
