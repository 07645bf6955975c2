import { type JournalDisk, localDisk } from "../src/journal/journal-disk.ts";

/** An operation of a disk. */
export type DiskOperation = keyof JournalDisk;

/** A disk that fails as it is told, and remembers what was asked of it. */
export class FailingDisk {
  /** Operations that fail now, with the code of their error. */
  readonly failing: Map<DiskOperation, string> = new Map();
  /** So many bytes of a write that fails are written all the same. */
  tornBytes = 0;
  /** Everything that was asked. */
  readonly asked: DiskOperation[] = [];

  /** The disk. */
  readonly disk: JournalDisk = {
    create: (file) => this.#do("create", () => localDisk.create(file)),
    open: (file) => this.#do("open", () => localDisk.open(file)),
    read: (file) => this.#do("read", () => localDisk.read(file)),
    write: (descriptor, bytes, at) => {
      if (this.failing.has("write")) localDisk.write(descriptor, bytes.subarray(0, this.tornBytes), at);
      this.#do("write", () => localDisk.write(descriptor, bytes, at));
    },
    truncate: (descriptor, bytes) => this.#do("truncate", () => localDisk.truncate(descriptor, bytes)),
    sync: (descriptor) => this.#do("sync", () => localDisk.sync(descriptor)),
    close: (descriptor) => localDisk.close(descriptor),
    rename: (from, to) => this.#do("rename", () => localDisk.rename(from, to)),
    remove: (file) => this.#do("remove", () => localDisk.remove(file)),
    syncDirectory: (directory) => this.#do("syncDirectory", () => localDisk.syncDirectory(directory)),
    replace: (file, content) => this.#do("replace", () => localDisk.replace(file, content)),
  };

  #do<T>(operation: DiskOperation, act: () => T): T {
    this.asked.push(operation);
    const code = this.failing.get(operation);
    if (code !== undefined) throw Object.assign(new Error(`${code}: ${operation}`), { code });
    return act();
  }
}
