/** The part of a request that says whose it is. */
export interface Asked {
  readonly method: string;
  readonly mode: string;
  readonly url: string;
}

/** Where the server answers with the app's page: the routes of `add_client` in rest/pages.py. */
const PAGES = /^\/((c\/[^/]+|login|register)\/?)?$/;
/** What the build names by its content. */
const ASSETS = /^\/assets\/[^/]+$/;

/**
 * What of the app's own files is asked for, if any. All else on this origin, the API, its sockets and its pages, is
 * never the worker's business.
 */
export function ownRequest({ method, mode, url }: Asked, origin: string): 'page' | 'asset' | undefined {
  const address = new URL(url);
  if (method !== 'GET' || address.origin !== origin) return undefined;
  if (mode === 'navigate') return PAGES.test(address.pathname) ? 'page' : undefined;
  return ASSETS.test(address.pathname) ? 'asset' : undefined;
}
