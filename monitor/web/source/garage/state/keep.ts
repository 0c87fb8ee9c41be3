// Keeps what is not yet at the server on this phone, so that a reload or a lost link loses nothing.

const NAME = "roadpulse.garage";
type Shelf = "cases" | "files";

let opened: Promise<IDBDatabase> | null = null;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("cases", { keyPath: "id" });
      request.result.createObjectStore("files", { keyPath: "id" });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("no database"));
    request.onblocked = () => reject(new Error("the database is held by another page"));
  });
  return opened;
}

async function within<Value>(shelf: Shelf, mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<Value>): Promise<Value> {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(shelf, mode);
    const request = work(transaction.objectStore(shelf));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error ?? request.error ?? new Error("not kept"));
  });
}

export async function keep(shelf: Shelf, value: object): Promise<void> {
  await within(shelf, "readwrite", (store) => store.put(value));
}

export async function drop(shelf: Shelf, id: string): Promise<void> {
  await within(shelf, "readwrite", (store) => store.delete(id));
}

export async function everything<Value>(shelf: Shelf): Promise<Value[]> {
  return (await within(shelf, "readonly", (store) => store.getAll())) as Value[];
}
