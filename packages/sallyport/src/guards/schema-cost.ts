/** One definition of a schema: how many schemas stand in it, and which definitions it refers to, as often as it does. */
export interface Definition {
  readonly size: number;
  readonly references: readonly DefinitionReference[];
}

/** A reference from one definition to another. */
export interface DefinitionReference {
  /** Which definition it leads to. */
  readonly to: number;
  /** It is asked about the very value that the definition is asked about, and not about a part of it. */
  readonly inPlace: boolean;
}

/** What a schema's references mean for the time that a check takes. */
export interface SchemaCost {
  /** Definitions that lead back to themselves. */
  readonly recursive: ReadonlySet<number>;
  /** Definitions that lead back to themselves about the very same value: such a check would never end. */
  readonly endless: ReadonlySet<number>;
  /** How many schemas may look at one value and its parts, with every reference followed, once around each circle. */
  readonly expanded: number;
}

/** Above this a count is not exact any more: it is too much already. */
const MANY = 1_000_000_000;

/** Follows the references of a schema's definitions, of which the first is the schema itself. */
export function costOf(definitions: readonly Definition[]): SchemaCost {
  const all = definitions.map(({ references }) => references.map(({ to }) => to));
  const inPlace = definitions.map(({ references }) =>
    references.filter((one) => one.inPlace).map(({ to }) => to),
  );
  const reached = all.map((targets) => reachableFrom(all, targets));
  const sizes = new Map<number, number>();
  // A definition that is not part of the same circle is looked at anew wherever it is referred to.
  const sizeOf = (index: number): number => {
    const known = sizes.get(index);
    if (known !== undefined) return known;
    const others = all[index]?.filter((target) => reached[target]?.has(index) !== true) ?? [];
    const own = definitions[index]?.size ?? 0;
    const total = others.reduce((sum, target) => Math.min(MANY, sum + sizeOf(target)), own);
    sizes.set(index, total);
    return total;
  };
  return { recursive: circular(all), endless: circular(inPlace), expanded: sizeOf(0) };
}

function circular(all: readonly (readonly number[])[]): ReadonlySet<number> {
  return new Set(all.flatMap((targets, index) => (reachableFrom(all, targets).has(index) ? [index] : [])));
}

function reachableFrom(all: readonly (readonly number[])[], start: readonly number[]): ReadonlySet<number> {
  const reached = new Set<number>();
  const next = [...start];
  for (let target = next.pop(); target !== undefined; target = next.pop()) {
    if (reached.has(target)) continue;
    reached.add(target);
    next.push(...(all[target] ?? []));
  }
  return reached;
}
