/**
 * IndexedDB with types: its own objects, seen as what each object store holds by a string.
 *
 * A transaction lasts while its own requests are awaited, one after the other; awaiting anything else ends it.
 */

/** What each object store holds, by name. */
type Stores = object;

/** The requests that the archive makes of one object store. */
export interface ObjectStore<T> {
  get(key: string): IDBRequest<T | undefined>;
  getAll(): IDBRequest<T[]>;
  getAllKeys(): IDBRequest<string[]>;
  put(value: T, key: string): IDBRequest;
  delete(key: string): IDBRequest;
  clear(): IDBRequest;
}

/** A transaction over some of the stores. */
export interface Transaction<S extends Stores> extends Omit<IDBTransaction, 'objectStore'> {
  objectStore<Name extends keyof S & string>(name: Name): ObjectStore<S[Name]>;
}

/** A database that is open. */
export interface Database<S extends Stores> extends Omit<IDBDatabase, 'transaction'> {
  transaction(stores: readonly (keyof S & string)[], mode?: IDBTransactionMode): Transaction<S>;
}

/** A database that is opened when it is first needed, and again after it was closed. */
export interface LazyDatabase<S extends Stores> {
  open(): Promise<Database<S>>;
  readonly close: () => void;
}

/**
 * A database that has these stores: those that are missing are made, and the others stay as they are. Its version is
 * their number, which therefore must only grow. `onWanted`: it is to be closed, because another tab waits for that.
 */
export function createDatabase<S extends Stores>(
  name: string,
  stores: readonly (keyof S & string)[],
  onWanted: () => void,
): LazyDatabase<S> {
  let opening: Promise<IDBDatabase> | undefined;

  async function open(): Promise<IDBDatabase> {
    const request = indexedDB.open(name, stores.length);
    request.onupgradeneeded = () => {
      const { objectStoreNames: known } = request.result;
      for (const store of stores) if (!known.contains(store)) request.result.createObjectStore(store);
    };
    const database = await answerTo(request);
    database.onversionchange = onWanted;
    return database;
  }

  function close(): void {
    opening?.then((database) => database.close()).catch(() => undefined);
    opening = undefined;
  }

  return { open: () => (opening ??= open()) as Promise<unknown> as Promise<Database<S>>, close };
}

/** Deletes a database once every tab has closed it. */
export async function deleteDatabase(name: string): Promise<void> {
  await answerTo(indexedDB.deleteDatabase(name));
}

/** What a request gives. Rejects when it fails. */
export function answerTo<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('Failed.'));
  });
}

/** Waits until a transaction is committed. Rejects when it was aborted, and then nothing of it was done. */
export function committed(
  transaction: Pick<IDBTransaction, 'oncomplete' | 'onabort' | 'error'>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error('Failed.'));
  });
}
