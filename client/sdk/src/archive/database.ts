/**
 * IndexedDB with promises: as much of it as the archive needs. A library that wraps all of it takes a tenth of what
 * the SDK may weigh.
 *
 * A transaction lasts while its own requests are awaited, one after the other; awaiting anything else ends it.
 */

/** What each object store holds, by name; every key is a string. */
type Stores = object;

export interface ObjectStore<T> {
  get(key: string): Promise<T | undefined>;
  getAll(): Promise<T[]>;
  getAllKeys(): Promise<string[]>;
  put(value: T, key: string): Promise<unknown>;
  delete(key: string): Promise<unknown>;
  clear(): Promise<unknown>;
}

export interface Transaction<S extends Stores> {
  objectStore<Name extends keyof S & string>(name: Name): ObjectStore<S[Name]>;
  /** Rejects when it was aborted, and then nothing of it was done. */
  readonly done: Promise<void>;
}

export interface Database<S extends Stores> {
  transaction(stores: readonly (keyof S & string)[], mode?: IDBTransactionMode): Transaction<S>;
  close(): void;
}

/** Opens a database, made with these stores if it is not there. `onWanted`: somebody waits for it to be closed. */
export async function openDatabase<S extends Stores>(
  name: string,
  stores: readonly (keyof S & string)[],
  onWanted: () => void,
): Promise<Database<S>> {
  const opening = indexedDB.open(name, 1);
  opening.onupgradeneeded = () => stores.forEach((store) => opening.result.createObjectStore(store));
  const database = await answerTo(opening);
  database.onversionchange = onWanted;
  return {
    transaction: (names, mode) => wrapped(database.transaction([...names], mode)),
    close: () => database.close(),
  };
}

export async function deleteDatabase(name: string): Promise<void> {
  await answerTo(indexedDB.deleteDatabase(name));
}

function wrapped<S extends Stores>(transaction: IDBTransaction): Transaction<S> {
  const done = new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error('Aborted.'));
  });
  return { objectStore: (name) => objectStore(transaction.objectStore(name)), done: observed(done) };
}

function objectStore<T>(store: IDBObjectStore): ObjectStore<T> {
  return {
    get: (key) => answerTo(store.get(key) as IDBRequest<T | undefined>),
    getAll: () => answerTo(store.getAll() as IDBRequest<T[]>),
    getAllKeys: () => answerTo(store.getAllKeys() as IDBRequest<string[]>),
    put: (value, key) => answerTo(store.put(value, key)),
    delete: (key) => answerTo(store.delete(key)),
    clear: () => answerTo(store.clear()),
  };
}

function answerTo<T>(request: IDBRequest<T>): Promise<T> {
  return observed(
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error ?? new Error('Failed.'));
    }),
  );
}

/** Whoever awaits it learns of a failure; nobody has to. */
function observed<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
