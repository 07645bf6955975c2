import { covers, nameIn, nameOf, namingFields, type NamingField } from "./revocation-target.ts";
import type { RevocableProof, RevocationTarget } from "./shared-state.ts";

/** Something that is open as long as its proof is not revoked. */
export interface Revocable {
  readonly proof: RevocableProof;
}

/** Those of one name: mostly one alone, which then needs no set around it. */
type Named<Entry> = Map<string, Entry | Set<Entry>>;

/**
 * Open connections by the names in their proofs, so that a revocation finds its own among ten thousand without a look at the
 * others. Takes some hundred bytes for each.
 */
export class RevocableConnections<Entry extends Revocable> {
  readonly #all = new Set<Entry>();
  readonly #named: ReadonlyMap<NamingField, Named<Entry>> = new Map(
    namingFields.map((field) => [field, new Map<string, Entry | Set<Entry>>()]),
  );

  /** Takes one in. Its proof must be the same until `delete`. */
  add(entry: Entry): void {
    this.#all.add(entry);
    for (const [field, named] of this.#named) {
      const name = nameOf(entry.proof, field);
      if (name === null) continue;
      const others = named.get(name);
      if (others === undefined) named.set(name, entry);
      else if (others instanceof Set) others.add(entry);
      else named.set(name, new Set([others, entry]));
    }
  }

  /** Lets one go. */
  delete(entry: Entry): void {
    if (!this.#all.delete(entry)) return;
    for (const [field, named] of this.#named) {
      const name = nameOf(entry.proof, field);
      if (name === null) continue;
      const others = named.get(name);
      if (others instanceof Set) others.delete(entry);
      if (!(others instanceof Set) || others.size === 0) named.delete(name);
    }
  }

  /** Those that a target names. */
  namedBy(target: RevocationTarget): readonly Entry[] {
    return [...this.#among(target)].filter(({ proof }) => covers(target, proof));
  }

  #among(target: RevocationTarget): Iterable<Entry> {
    const wanted = nameIn(target);
    if (wanted === null) return this.#all;
    const [field, name] = wanted;
    const found = this.#named.get(field)?.get(name);
    if (found === undefined) return [];
    return found instanceof Set ? found : [found];
  }
}
