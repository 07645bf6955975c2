import { z } from "zod";
import { quoted } from "../guards/quoted.ts";

/** What all nodes of a gate must have alike, as one of them says it to the others. */
export interface NodeTerms {
  /** Names the key of `state.redis.keyFile` without telling anything of it; `null`: it has none. */
  readonly key: string | null;
  /** `state.redis.lease`, milliseconds. */
  readonly leaseMs: number;
  /** Limits that are counted over all nodes, as they are written, by what they are limits of. */
  readonly limits: Readonly<Record<string, string>>;
}

/** Longer ones are told by their hash: nodes read each other's again and again. */
const MAX_LIMITS = 64;
const MAX_TEXT = 512;

/** What another node says, checked: whoever can write into the engine says anything. */
export const nodeTermsShape: z.ZodType<NodeTerms> = z.object({
  key: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .nullable(),
  leaseMs: z.number().positive().max(86_400_000),
  limits: z
    .record(z.string().max(MAX_TEXT), z.string().max(MAX_TEXT))
    .refine((limits) => Object.keys(limits).length <= MAX_LIMITS),
});

/** What nodes may not have alike. `format`: the version of what they write into the engine. */
export const disagreementKinds = ["key", "lease", "limits", "format"] as const;
/** One of these. */
export type DisagreementAbout = (typeof disagreementKinds)[number];

/** Something in which other nodes differ from this one. */
export interface Disagreement {
  readonly about: DisagreementAbout;
  /** How many nodes differ. */
  readonly nodes: number;
  /** Such as `state.redis.keyFile`. */
  readonly what: string;
  readonly expected: string;
  /** And at which nodes. */
  readonly found: string;
  /** How to mend it, a sentence without its full stop. */
  readonly mend: string;
}

/** A node, and what it says; `null`: nothing that can be read, as those do that are older than this. */
export interface NodeWithTerms {
  readonly name: string;
  readonly terms: NodeTerms | null;
}

/** As many nodes are named. */
const NAMED = 3;

/** Where others differ from a node, in one sentence for each thing. A node that says nothing differs in nothing. */
export function findDisagreements(own: NodeTerms, others: readonly NodeWithTerms[]): readonly Disagreement[] {
  const found = (about: DisagreementAbout, parts: Comparison): readonly Disagreement[] => {
    const differing = others.flatMap(({ name, terms }) => {
      const value = terms === null ? parts.expected : parts.of(terms);
      return value === parts.expected ? [] : [{ name, value }];
    });
    return differing.length === 0 ? [] : [{ about, nodes: differing.length, ...compared(parts, differing) }];
  };
  const limits = Object.keys(own.limits).flatMap((of) =>
    found("limits", {
      what: `limits of ${of}`,
      // Of a route that the other does not have, it counts nothing.
      of: (terms) => (Object.hasOwn(terms.limits, of) ? (terms.limits[of] ?? "") : (own.limits[of] ?? "")),
      expected: own.limits[of] ?? "",
      shown: quoted,
      mend: "Each node enforces its own on what all count together: give all of them the same configuration",
    }),
  );
  return [
    ...found("key", {
      what: "state.redis.keyFile",
      of: ({ key }) => key ?? "",
      expected: own.key ?? "",
      shown: (key) => (key === "" ? "none" : `the key ${key}`),
      mend: "They share no certificates, and sign Sallyport-Identity with other keys: put the same file on all nodes, and restart those that had another",
    }),
    ...found("lease", {
      what: "state.redis.lease",
      of: ({ leaseMs }) => String(leaseMs),
      expected: String(own.leaseMs),
      shown: (ms) => `${Number(ms) / 1000}s`,
      mend: "Write the same for all nodes, and restart them",
    }),
    ...limits,
  ];
}

interface Comparison {
  readonly what: string;
  readonly of: (terms: NodeTerms) => string;
  readonly expected: string;
  readonly shown: (value: string) => string;
  readonly mend: string;
}

function compared(
  { what, expected, shown, mend }: Comparison,
  differing: readonly { readonly name: string; readonly value: string }[],
): Omit<Disagreement, "about" | "nodes"> {
  const named = differing.slice(0, NAMED).map(({ name, value }) => `${shown(value)} at ${quoted(name)}`);
  const more = differing.length - named.length;
  const found = more > 0 ? `${named.join(", ")} and others at ${more} more` : named.join(", ");
  return { what, expected: `${shown(expected)} as here`, found, mend };
}

/** The same about nodes that write another format: by its number, how many of them there are. */
export function formatDisagreement(
  own: number,
  others: ReadonlyMap<number, number>,
): readonly Disagreement[] {
  const nodes = [...others.values()].reduce((sum, count) => sum + count, 0);
  if (nodes === 0) return [];
  const found = [...others].map(
    ([format, count]) => `${format} at ${count} ${count === 1 ? "node" : "nodes"}`,
  );
  return [
    {
      about: "format",
      nodes,
      what: "the format of what they share",
      expected: `${own} as here`,
      found: found.join(", "),
      mend: "They share nothing with this one: bring all to the same version of sallyport",
    },
  ];
}

/** A disagreement in one line, of printable characters. */
export function describeDisagreement({ what, expected, found, mend }: Disagreement): string {
  return `nodes do not agree on ${what}: expected ${expected}, found ${found}. ${mend}.`;
}
