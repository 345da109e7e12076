import { buildOf, namedIn, type Build } from './build';
import { freshOrKept } from './freshOrKept';
import { ownRequest } from './ownRequests';
import { clear, fill, keep, keptAsset, keptPage, stock } from './shelves';

declare const self: ServiceWorkerGlobalScope;
/** Put in by vite/serviceWorker.ts. */
declare const BUILD: Build;

const build = BUILD;

/** Milliseconds after which the page is not waited for any longer: it has what was kept. */
const PATIENCE = 3_000;

self.addEventListener('install', (event) => event.waitUntil(install()));
self.addEventListener('activate', (event) => event.waitUntil(activate()));
self.addEventListener('message', (event) => event.waitUntil(greet(event.source)));

self.addEventListener('fetch', (event) => {
  const own = ownRequest(event.request, self.location.origin);
  if (own === 'page') event.respondWith(page(event));
  if (own === 'asset') event.respondWith(asset(event));
});

/** Takes over at once: what the pages of an earlier build use stays kept for as long as they are open. */
async function install(): Promise<void> {
  const page = await fetch('/', { cache: 'no-cache' });
  // While servers of two versions answer side by side, this may be the page of the other one.
  if (buildOf(await page.clone().text()) !== build.name) throw new Error('The page is of another build.');
  await stock(build.name, page, build.first);
  await self.skipWaiting();
}

async function activate(): Promise<void> {
  await self.registration.navigationPreload.enable();
  await self.clients.claim();
}

/** A page is there, and is told which build it would have now. */
async function greet(source: ExtendableMessageEvent['source']): Promise<void> {
  source?.postMessage(build.name);
  await clear(build);
  // What could not be had now is asked for by the next page.
  if (!isSparing()) await fill(build).catch(() => undefined);
}

/** Whether people asked for few bytes: then the rest is kept as it is used. */
function isSparing(): boolean {
  return 'connection' in navigator && (navigator.connection as { saveData?: boolean }).saveData === true;
}

/** The server's, so that a new version shows at once; the one that was kept where there is no server. */
function page(event: FetchEvent): Promise<Response> {
  const fresh = fetchPage(event).then(whole);
  event.waitUntil(fresh.catch(() => undefined));
  return freshOrKept(fresh, () => keptPage(build.name), PATIENCE);
}

async function fetchPage({ preloadResponse, request }: FetchEvent): Promise<Response> {
  return ((await preloadResponse) as Response | undefined) ?? fetch(request);
}

/** A page of another build shows nothing without what it names, which the server that is asked next may not have yet. */
async function whole(page: Response): Promise<Response> {
  if (!page.ok) return page;
  const text = await page.clone().text();
  const name = buildOf(text) ?? build.name;
  if (name !== build.name && !(await keptPage(name))) await stock(name, page.clone(), namedIn(text));
  return page;
}

async function asset(event: FetchEvent): Promise<Response> {
  const { url } = event.request;
  const kept = await keptAsset(url);
  if (kept) return kept;
  const answer = await fetch(event.request);
  if (answer.ok) event.waitUntil(keep(build, url, answer.clone()));
  return answer;
}
