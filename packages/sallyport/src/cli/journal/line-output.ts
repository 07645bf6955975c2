import type { Terminal } from "../terminal.ts";

/** So much is gathered before it is written, characters. */
const MOST_GATHERED = 64 * 1024;

/**
 * Where the lines of a long result go. Those that come at once are written at once; when whoever reads them is slow, so is what makes
 * them; when nobody reads any more, such as after `head`, `write` says so.
 */
export class LineOutput {
  readonly #before: () => void;
  readonly #pour: (text: string) => Promise<boolean>;
  #gathered = "";
  #isRead = true;
  #timer: NodeJS.Immediate | null = null;
  #writing: Promise<void> = Promise.resolve();

  /** @param before is called before anything is written, such as to take away a line of progress */
  constructor(terminal: Pick<Terminal, "out" | "pour">, before: () => void = () => undefined) {
    this.#before = before;
    this.#pour =
      terminal.pour ??
      ((text) => {
        terminal.out(text);
        return Promise.resolve(true);
      });
  }

  /** Takes whole lines; `false` once nobody reads them. */
  async write(text: string): Promise<boolean> {
    this.#gathered += text;
    if (this.#gathered.length > MOST_GATHERED) return await this.flush();
    // When what makes the lines waits for the disk.
    this.#timer ??= setImmediate(() => void this.flush());
    return this.#isRead;
  }

  /** Writes what was gathered; `false` once nobody reads it. */
  async flush(): Promise<boolean> {
    if (this.#timer !== null) clearImmediate(this.#timer);
    this.#timer = null;
    const text = this.#gathered;
    this.#gathered = "";
    if (text !== "") this.#writing = this.#writing.then(async () => await this.#write(text));
    await this.#writing;
    return this.#isRead;
  }

  async #write(text: string): Promise<void> {
    this.#before();
    this.#isRead &&= await this.#pour(text);
  }
}
