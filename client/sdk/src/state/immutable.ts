/** Maps, sets and arrays that are never changed in place. */

export function withEntry<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  return new Map(map).set(key, value);
}

/** The same map when it has no such key. */
export function without<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  if (!map.has(key)) return map;
  const copy = new Map(map);
  copy.delete(key);
  return copy;
}

/** The same set when it has the element. */
export function withElement<T>(set: ReadonlySet<T>, element: T): ReadonlySet<T> {
  return set.has(element) ? set : new Set(set).add(element);
}

/** The same set when it does not have the element. */
export function withoutElement<T>(set: ReadonlySet<T>, element: T): ReadonlySet<T> {
  if (!set.has(element)) return set;
  const copy = new Set(set);
  copy.delete(element);
  return copy;
}

/** Whether two lists have identical elements in the same order. */
export function sameElements(some: readonly unknown[], others: readonly unknown[]): boolean {
  return some.length === others.length && some.every((one, at) => one === others[at]);
}

/** The array held before, when the new one has the same elements: so readers see no change where there is none. */
export function steady<T>(before: readonly T[] | undefined, now: readonly T[]): readonly T[] {
  return before && sameElements(before, now) ? before : now;
}
