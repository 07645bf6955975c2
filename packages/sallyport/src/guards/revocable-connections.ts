import { NameIndex } from "./name-index.ts";
import { covers, nameIn, nameOf, namingFields } from "./revocation-target.ts";
import type { RevocableProof, RevocationTarget } from "./shared-state.ts";

/** Something that is open as long as its proof is not revoked. */
export interface Revocable {
  readonly proof: RevocableProof;
}

/** Open connections by the names in their proofs: a revocation finds its own among ten thousand without a look at the others. */
export class RevocableConnections<Entry extends Revocable> {
  readonly #all = new Set<Entry>();
  readonly #named = new NameIndex<Entry>();

  /** Takes one in. Its proof must be the same until `delete`. */
  add(entry: Entry): void {
    this.#all.add(entry);
    for (const field of namingFields) {
      const name = nameOf(entry.proof, field);
      if (name !== null) this.#named.add(field, name, entry);
    }
  }

  /** Lets one go. */
  delete(entry: Entry): void {
    if (!this.#all.delete(entry)) return;
    for (const field of namingFields) {
      const name = nameOf(entry.proof, field);
      if (name !== null) this.#named.delete(field, name, entry);
    }
  }

  /** Those that a target names. */
  namedBy(target: RevocationTarget): readonly Entry[] {
    const name = nameIn(target);
    const among = name === null ? this.#all : this.#named.get(...name);
    return [...among].filter(({ proof }) => covers(target, proof));
  }
}
