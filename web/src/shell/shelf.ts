// Where keys are kept: in IndexedDB, which takes a CryptoKey without letting anybody read it; in memory
// where the browser allows no storage.

export interface Shelf {
  readonly isLasting: boolean;
  get(name: string): Promise<CryptoKeyPair | null>;
  put(name: string, keys: CryptoKeyPair): Promise<void>;
  /** What is there stays; returns what is there afterwards. */
  keepFirst(name: string, keys: CryptoKeyPair): Promise<CryptoKeyPair>;
  remove(name: string): Promise<void>;
}

const DATABASE = 'incamera';
const STORE = 'keys';

export async function openShelf(): Promise<Shelf> {
  try {
    const database = await openDatabase();
    // A private window of some browsers opens a database and then refuses to keep a key in it.
    await probe(database);
    return new DatabaseShelf(database);
  } catch {
    return new MemoryShelf();
  }
}

export class MemoryShelf implements Shelf {
  readonly isLasting = false;
  readonly #kept = new Map<string, CryptoKeyPair>();

  get(name: string): Promise<CryptoKeyPair | null> {
    return Promise.resolve(this.#kept.get(name) ?? null);
  }

  put(name: string, keys: CryptoKeyPair): Promise<void> {
    this.#kept.set(name, keys);
    return Promise.resolve();
  }

  keepFirst(name: string, keys: CryptoKeyPair): Promise<CryptoKeyPair> {
    const kept = this.#kept.get(name) ?? keys;
    this.#kept.set(name, kept);
    return Promise.resolve(kept);
  }

  remove(name: string): Promise<void> {
    this.#kept.delete(name);
    return Promise.resolve();
  }
}

class DatabaseShelf implements Shelf {
  readonly isLasting = true;
  readonly #database: IDBDatabase;

  constructor(database: IDBDatabase) {
    this.#database = database;
  }

  async get(name: string): Promise<CryptoKeyPair | null> {
    const found: unknown = await transact(this.#database, 'readonly', (store) => store.get(name));
    return isKeyPair(found) ? found : null;
  }

  async put(name: string, keys: CryptoKeyPair): Promise<void> {
    await transact(this.#database, 'readwrite', (store) => store.put(keys, name));
  }

  async keepFirst(name: string, keys: CryptoKeyPair): Promise<CryptoKeyPair> {
    // Asking and keeping are one transaction: another tab comes before or after it.
    await transact(this.#database, 'readwrite', (store) => {
      const asked = store.getKey(name);
      asked.onsuccess = () => {
        if (asked.result === undefined) store.put(keys, name);
      };
      return asked;
    });
    return (await this.get(name)) ?? keys;
  }

  async remove(name: string): Promise<void> {
    await transact(this.#database, 'readwrite', (store) => store.delete(name));
  }
}

function openDatabase(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    opening.onerror = () => reject(reasonOf(opening.error));
    opening.onblocked = () => reject(reasonOf(null));
    opening.onsuccess = () => {
      const database = opening.result;
      database.onversionchange = () => database.close();
      resolve(database);
    };
  });
}

/** Resolves with the result once the transaction is durable. */
function transact<T>(
  database: IDBDatabase,
  mode: IDBTransactionMode,
  act: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(STORE, mode);
    const request = act(transaction.objectStore(STORE));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(reasonOf(transaction.error));
  });
}

async function probe(database: IDBDatabase): Promise<void> {
  const name = 'probe';
  const algorithm = 'Ed25519';
  const keys = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);
  await transact(database, 'readwrite', (store) => store.put(keys, name));
  await transact(database, 'readwrite', (store) => store.delete(name));
}

function isKeyPair(value: unknown): value is CryptoKeyPair {
  const pair = value as Partial<CryptoKeyPair> | null | undefined;
  return pair?.privateKey instanceof CryptoKey && pair.publicKey instanceof CryptoKey;
}

function reasonOf(error: DOMException | null): Error {
  return error ?? new Error('the browser keeps nothing');
}
