import {
  closeSync,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { syncDirectory, writeDurably } from "./write-durably.ts";

/** What the writer does to a disk: every call is done when it returns, or throws. Tests put failing disks in its place. */
export interface JournalDisk {
  /** An empty file, for its owner alone; its descriptor. */
  create(file: string): number;
  /** An existing file; its descriptor. */
  open(file: string): number;
  read(file: string): Buffer;
  /** Writes all of the bytes at a place. */
  write(descriptor: number, bytes: Uint8Array, at: number): void;
  truncate(descriptor: number, bytes: number): void;
  /** Waits until the bytes of a file are on the disk. */
  sync(descriptor: number): void;
  close(descriptor: number): void;
  rename(from: string, to: string): void;
  remove(file: string): void;
  /** Waits until the names in a directory are on the disk. */
  syncDirectory(directory: string): void;
  /** Writes a whole small file, durably. */
  replace(file: string, content: string | Uint8Array): void;
}

/** The disk of this machine. */
export const localDisk: JournalDisk = {
  create: (file) => openSync(file, "w", 0o600),
  open: (file) => openSync(file, "r+"),
  read: (file) => readFileSync(file),
  write(descriptor, bytes, at) {
    for (let done = 0; done < bytes.length;)
      done += writeSync(descriptor, bytes, done, bytes.length - done, at + done);
  },
  truncate: ftruncateSync,
  sync: fdatasyncSync,
  close: closeSync,
  rename: renameSync,
  remove: unlinkSync,
  syncDirectory,
  replace: writeDurably,
};
