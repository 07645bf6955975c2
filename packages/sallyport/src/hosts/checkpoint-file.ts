import { open } from "node:fs/promises";
import { dirname } from "node:path";
import type { JournalAlarm } from "../journal/journal-writer.ts";
import { problemOf } from "../problem-of.ts";
import { writeWhole } from "./private-files.ts";

/** Keeps the newest checkpoint of a journal in a file, best on another disk. Failing to is told once, until it succeeds. */
export class CheckpointFile {
  readonly #file: string;
  readonly #onAlarm: (alarm: JournalAlarm) => void;
  #next: string | null = null;
  #writing: Promise<void> | null = null;
  #failed = false;

  constructor(file: string, onAlarm: (alarm: JournalAlarm) => void) {
    this.#file = file;
    this.#onAlarm = onAlarm;
  }

  /** Writes it in place of the one before. A newer one that comes meanwhile is written next. */
  put(note: string): void {
    this.#next = note;
    this.#writing ??= this.#write();
  }

  /** Resolves when nothing is left to write. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    while (this.#next !== null) {
      const note = this.#next;
      this.#next = null;
      try {
        await writeWhole(this.#file, note, { mode: 0o600, exclusive: false });
        await syncNames(dirname(this.#file));
        this.#failed = false;
      } catch (error) {
        this.#tell(error);
      }
    }
    this.#writing = null;
  }

  #tell(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    const detail = problemOf(error);
    this.#onAlarm({ level: "error", message: "a checkpoint of the journal cannot be kept", detail });
  }
}

/** Until then the new name may be lost with the power. */
async function syncNames(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
