import { randomBytes } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";

import { localMasterKey, type MasterKey } from "../src/journal/master-key.ts";

/** A key-management service as far as a client sees it: it answers later, can be out of reach, and never gives its key away. */
export class KeyService {
  readonly #key: MasterKey = localMasterKey(randomBytes(32));
  /** What it was asked. */
  readonly calls: string[] = [];
  /** What it fails with; `null`: it does not. */
  failure: string | null = null;

  /** The key that a journal is given. */
  readonly key: MasterKey = {
    id: "kms/eu-central-1/journal",
    wrap: (plain, context) => this.#ask("wrap", () => this.#key.wrap(plain, context)),
    unwrap: (wrapped, context) => this.#ask("unwrap", () => this.#key.unwrap(wrapped, context)),
  };

  async #ask<T>(what: string, act: () => Promise<T>): Promise<T> {
    this.calls.push(what);
    for (let turns = 0; turns < 3; turns++) await turn();
    if (this.failure !== null) throw new Error(this.failure);
    return act();
  }
}
