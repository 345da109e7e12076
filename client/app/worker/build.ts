/** What one build of the app consists of. Addresses are those of the server, `/assets/…`. */
export interface Build {
  /** Differs from that of any other build; the page has it too, in `<meta name="build">`. */
  readonly name: string;
  /** Without these the first screens do not show. */
  readonly first: readonly string[];
  /** The rest of the scripts and styles, which a page asks for when it needs them. */
  readonly later: readonly string[];
}

const PREFIX = 'bitworks-app ';

/** The cache of a build, and the lock that each of its pages holds for as long as it is open. */
export function shelfOf(build: string): string {
  return PREFIX + build;
}

export function isShelf(cache: string): boolean {
  return cache.startsWith(PREFIX);
}

/** The name of the build that a page is of, if it is one of the app's. */
export function buildOf(page: string): string | undefined {
  return /<meta name="build" content="(\w+)"/.exec(page)?.[1];
}

/** The scripts and styles that a page names. */
export function namedIn(page: string): string[] {
  return [...page.matchAll(/"(\/assets\/[^"]+\.(?:js|css))"/g)].map((match) => match[1] ?? '');
}
