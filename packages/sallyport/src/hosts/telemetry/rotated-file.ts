import { open, rename, rm, type FileHandle } from "node:fs/promises";
import type { Emit } from "../../events.ts";
import { systemClock } from "../outgoing-clock.ts";
import { OutgoingWaits } from "../outgoing-waits.ts";
import type { CountOutput } from "../output-count.ts";
import { hasCode } from "../../has-code.ts";

/** A file of lines that is rotated by its size. */
export interface RotatedFileOptions {
  readonly file: string;
  /** Bytes after which the file becomes `file.1`. */
  readonly most: number;
  /** How many older files are kept. */
  readonly keep: number;
  readonly emit: Emit;
  readonly count: CountOutput;
  /** Milliseconds between attempts while the disk takes nothing. Default: 1 s. */
  readonly againMs?: number;
}

/** Bytes that may wait for the disk: some 10,000 events. What comes beyond is lost, and counted. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
/** Bytes of one write. */
const MAX_WRITE_BYTES = 1024 * 1024;
const AGAIN_MS = 1000;

/**
 * Appends lines to a file, for its owner alone. Nobody waits for it: a full disk costs lines, which are counted, told once, and once
 * that they are written again. A line stands in the file whole or not at all.
 */
export class RotatedFile {
  readonly #options: RotatedFileOptions;
  readonly #waits = new OutgoingWaits(systemClock);
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #handle: FileHandle | null = null;
  /** Of the open file, up to the end of its last whole line. */
  #size = 0;
  #running: Promise<void> | null = null;
  #failing = false;
  #lost = 0;

  constructor(options: RotatedFileOptions) {
    this.#options = options;
  }

  /** Takes a line without its end, and returns at once. */
  take(line: string): void {
    const bytes = Buffer.from(`${line}\n`);
    if (this.#waits.ended || this.#waitingBytes + bytes.length > MAX_WAITING_BYTES) {
      this.#lost += 1;
      this.#options.count("ocsf", "dropped", 1);
      return;
    }
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#running ??= this.#run();
  }

  /** Writes what waits, within a time. Answers how many lines were lost and not told. */
  async close(withinMs: number): Promise<number> {
    this.#waits.end();
    await this.#waits.within(withinMs, this.#running);
    await this.#handle?.close().catch(() => {});
    this.#handle = null;
    return this.#lost + this.#waiting.length;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      try {
        await this.#write();
        this.#works();
      } catch (error) {
        this.#fails(error);
        // One attempt is enough where the process ends.
        if (this.#waits.ended) break;
        await this.#waits.forMs(this.#options.againMs ?? AGAIN_MS);
      }
    }
    this.#running = null;
  }

  async #write(): Promise<void> {
    const handle = (this.#handle ??= await this.#open());
    if (this.#size > 0 && this.#size + (this.#waiting[0]?.length ?? 0) > this.#options.most)
      return await this.#rotate(handle);
    const batch = this.#batch();
    const bytes = Buffer.concat(batch);
    // At the end of the last whole line, whatever an attempt before left behind it.
    await writeAll(handle, bytes, this.#size);
    this.#size += bytes.length;
    this.#waiting.splice(0, batch.length);
    this.#options.count("ocsf", "sent", batch.length);
    this.#waitingBytes -= bytes.length;
  }

  /** As many of the lines that wait as fit into one write and into the file. */
  #batch(): readonly Buffer[] {
    const room = Math.min(MAX_WRITE_BYTES, this.#options.most - this.#size);
    let bytes = 0;
    const end = this.#waiting.findIndex((line) => (bytes += line.length) > room);
    // One that is longer than a whole file stands alone in its own.
    return this.#waiting.slice(0, end === -1 ? undefined : Math.max(end, 1));
  }

  async #open(): Promise<FileHandle> {
    const { file } = this.#options;
    // Not to append: an attempt that failed in the middle is written over.
    const handle = await open(file, "r+").catch(async () => await open(file, "wx+", 0o600));
    this.#size = await endOfLines(handle);
    await handle.truncate(this.#size);
    return handle;
  }

  async #rotate(handle: FileHandle): Promise<void> {
    const { file, keep } = this.#options;
    await handle.truncate(this.#size);
    this.#handle = null;
    await handle.close();
    if (keep === 0) return await rm(file, { force: true });
    for (let number = keep - 1; number >= 1; number--)
      await rename(`${file}.${number}`, `${file}.${number + 1}`).catch(ignoreMissing);
    await rename(file, `${file}.1`);
  }

  #fails(error: unknown): void {
    // What is there may be another file by now: a disk that was mounted anew, a file that was taken away.
    const handle = this.#handle;
    this.#handle = null;
    void handle?.close().catch(() => {});
    if (this.#failing) return;
    this.#failing = true;
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    const detail = `${this.#options.file}: ${code}`;
    this.#options.emit({ type: "gate", level: "error", message: "events are not written", detail });
  }

  #works(): void {
    if (!this.#failing) {
      if (this.#lost > 0) this.#tellLoss();
      return;
    }
    this.#failing = false;
    const detail = this.#options.file;
    this.#options.emit({ type: "gate", level: "info", message: "events are written again", detail });
    if (this.#lost > 0) this.#tellLoss();
  }

  #tellLoss(): void {
    const detail = `${this.#lost} events for ${this.#options.file}`;
    this.#lost = 0;
    this.#options.emit({ type: "gate", level: "warn", message: "events were not written", detail });
  }
}

async function writeAll(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** Bytes up to the end of the last whole line: a process that was killed may have left half of one. */
async function endOfLines(handle: FileHandle): Promise<number> {
  const { size } = await handle.stat();
  const tail = Buffer.alloc(Math.min(size, MAX_WRITE_BYTES));
  const { bytesRead } = await handle.read(tail, 0, tail.length, size - tail.length);
  const end = tail.subarray(0, bytesRead).lastIndexOf("\n");
  return end === -1 ? size - tail.length : size - tail.length + end + 1;
}

function ignoreMissing(error: unknown): void {
  if (!hasCode(error, "ENOENT")) throw error;
}
