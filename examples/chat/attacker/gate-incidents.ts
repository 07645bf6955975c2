import { readFile } from "node:fs/promises";

import type { AdminAccess } from "../moderation.ts";
import { field } from "../program.ts";

/** Why something was refused, as the operator reads it. */
export interface Reason {
  readonly incident: string;
  /** Such as `origin.foreign`. */
  readonly code: string;
}

/** How many lines are looked through. */
const mostLines = 200;
/** How long a line may take to be written after the refusal, milliseconds. */
const patienceMs = 5000;

/**
 * What the operator of the gate knows, and no attacker does: the log, and the admin API. So can the page say why it was refused,
 * where the gate tells a client nothing and a browser tells a page less.
 */
export class GateIncidents {
  readonly #access: AdminAccess;
  #lines: string[] = [];
  #wake = (): void => {};

  constructor(access: AdminAccess) {
    this.#access = access;
  }

  /** Takes a line of the gate's log. */
  hear(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > mostLines) this.#lines.shift();
    this.#wake();
  }

  /** The next refusal of `code` on `path` in the log that nobody asked for yet; `null`: none comes. */
  async next(code: string, path: string): Promise<Reason | null> {
    const until = Date.now() + patienceMs;
    const isIt = (line: string): boolean =>
      [" refused ", ` ${code} `, ` ${path} `].every((word) => line.includes(word));
    while (Date.now() < until) {
      const at = this.#lines.findIndex(isIt);
      if (at >= 0) {
        const [line = ""] = this.#lines.splice(at, 1);
        return { incident: /\[incident (\S+)\]/.exec(line)?.[1] ?? "", code };
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, until - Date.now()).unref();
      });
    }
    return null;
  }

  /** Forgets the lines before now. */
  forget(): void {
    this.#lines = [];
  }

  /** The code behind an incident that a refusal named; empty: it is not known. */
  async codeOf(incident: string): Promise<string> {
    const token = (await readFile(this.#access.tokenFile, "utf8")).trim();
    const answer = await fetch(`${this.#access.url}/incidents/${encodeURIComponent(incident)}`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    return answer.ok ? field(await answer.json(), "code") : "";
  }
}
