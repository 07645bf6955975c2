import type { NamingField } from "./revocation-target.ts";

/** What stands under one name: mostly one alone, which then needs no set around it. */
type Named<Entry> = Map<string, Entry | Set<Entry>>;

/** Things by the names that they have in the fields of a revocation. Takes some forty bytes for each name. */
export class NameIndex<Entry extends object> {
  readonly #fields: Readonly<Record<NamingField, Named<Entry>>> = {
    tokenId: new Map(),
    session: new Map(),
    providerSession: new Map(),
    user: new Map(),
    subject: new Map(),
    tenant: new Map(),
  };

  /** Puts one under a name, beside others. */
  add(field: NamingField, name: string, entry: Entry): void {
    const named = this.#fields[field];
    const others = named.get(name);
    if (others === undefined) named.set(name, entry);
    else if (others instanceof Set) others.add(entry);
    else if (others !== entry) named.set(name, new Set([others, entry]));
  }

  /** Takes it from there. */
  delete(field: NamingField, name: string, entry: Entry): void {
    const named = this.#fields[field];
    const found = named.get(name);
    if (found instanceof Set) found.delete(entry);
    if (found === entry || (found instanceof Set && found.size === 0)) named.delete(name);
  }

  /** Everything that has a name in a field, once for each name. */
  *all(field: NamingField): Generator<Entry> {
    for (const found of this.#fields[field].values()) {
      if (found instanceof Set) yield* found;
      else yield found;
    }
  }

  /** What stands under a name. */
  get(field: NamingField, name: string): Iterable<Entry> {
    const found = this.#fields[field].get(name);
    if (found === undefined) return NOBODY;
    return found instanceof Set ? found : [found];
  }
}

const NOBODY: readonly never[] = [];
