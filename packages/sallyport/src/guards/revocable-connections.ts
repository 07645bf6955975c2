import { NameIndex } from "./name-index.ts";
import { covers, nameIn, nameOf, namingFields } from "./revocation-target.ts";
import type { RevocableProof, RevocationTarget } from "./shared-state.ts";

/** Something that is open as long as its proof is not revoked: a connection, which has a session. */
export interface Revocable {
  readonly proof: RevocableProof & { readonly session: string };
}

/** Open connections by the names in their proofs: a revocation finds its own among ten thousand without a look at the others. */
export class RevocableConnections<Entry extends Revocable> {
  readonly #named = new NameIndex<Entry>();

  /** Takes one in. Its proof must be the same until `delete`. */
  add(entry: Entry): void {
    this.#put(entry, true);
  }

  /** Lets one go. */
  delete(entry: Entry): void {
    this.#put(entry, false);
  }

  /** Those that a target names. */
  namedBy(target: RevocationTarget): readonly Entry[] {
    return this.#among(nameIn(target)).filter(({ proof }) => covers(target, proof));
  }

  #put(entry: Entry, isOpen: boolean): void {
    const { proof } = entry;
    for (const field of namingFields) {
      const name = nameOf(proof, field);
      // The subject is mostly the user, too: then not twice.
      if (name === null || (field === "subject" && name === proof.identity.user)) continue;
      if (isOpen) this.#named.add(field, name, entry);
      else this.#named.delete(field, name, entry);
    }
  }

  #among(name: ReturnType<typeof nameIn>): Entry[] {
    if (name === null) return [...this.#named.all("session")];
    const [field, text] = name;
    const found = [...this.#named.get(field, text)];
    if (field === "subject") found.push(...this.#named.get("user", text));
    return found;
  }
}
