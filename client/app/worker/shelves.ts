import { isShelf, shelfOf, type Build } from './build';

/** Keeps a page with what it cannot show itself without, all of it or nothing. */
export async function stock(name: string, page: Response, first: readonly string[]): Promise<void> {
  const shelf = await caches.open(shelfOf(name));
  await shelf.addAll(first);
  await shelf.put('/', page);
}

/** Keeps the rest, one by one, so that a page finds it offline, and after the server has gone on to another build. */
export async function fill({ name, later }: Build): Promise<void> {
  const shelf = await caches.open(shelfOf(name));
  for (const address of later) if (!(await shelf.match(address))) await shelf.add(address);
}

/** Drops the builds of which no page is open any more. */
export async function clear({ name }: Build): Promise<void> {
  const { held = [] } = await navigator.locks.query();
  const used = new Set([shelfOf(name), ...held.map((lock) => lock.name)]);
  const unused = (await caches.keys()).filter((shelf) => isShelf(shelf) && !used.has(shelf));
  await Promise.all(unused.map((shelf) => caches.delete(shelf)));
}

export async function keptPage(name: string): Promise<Response | undefined> {
  return caches.match('/', { cacheName: shelfOf(name) });
}

/** Of any build: a name is never given to another content. */
export async function keptAsset(address: string): Promise<Response | undefined> {
  return caches.match(address, { ignoreVary: true });
}

export async function keep({ name }: Build, address: string, answer: Response): Promise<void> {
  await (await caches.open(shelfOf(name))).put(address, answer);
}
