import { parser } from "@prometheus-io/lezer-promql";

/** One series that an expression asks for. */
export interface Selected {
  /** The metric, or the recorded series. */
  readonly name: string;
  /** Labels that it is matched by. */
  readonly labels: readonly string[];
}

/** What an expression asks for. */
export interface Asked {
  readonly selected: readonly Selected[];
  /** Labels that it groups or matches by. */
  readonly grouping: readonly string[];
}

/** Reads a PromQL expression by Prometheus's own grammar. @throws where it is none */
export function readPromql(expression: string): Asked {
  const selected: { name: string; labels: string[] }[] = [];
  const grouping: string[] = [];
  let inGrouping = false;
  parser.parse(expression).iterate({
    enter(node) {
      const text = expression.slice(node.from, node.to);
      if (node.type.isError) throw new Error(`no PromQL at ${node.from}: ${expression}`);
      if (node.name === "VectorSelector") selected.push({ name: "", labels: [] });
      const last = selected.at(-1);
      if (node.name === "Identifier" && last !== undefined) last.name = text;
      if (node.name === "GroupingLabels") inGrouping = true;
      if (node.name === "LabelName") (inGrouping ? grouping : last?.labels)?.push(text);
    },
    leave(node) {
      if (node.name === "GroupingLabels") inGrouping = false;
    },
  });
  return { selected, grouping };
}

/** Metrics by name, each with its labels, in the text format of Prometheus. */
export type Exposed = ReadonlyMap<string, ReadonlySet<string>>;

/** Reads what `/metrics` answers. */
export function readExposition(body: string): Exposed {
  const exposed = new Map<string, Set<string>>();
  for (const line of body.split("\n").filter((text) => text !== "" && !text.startsWith("#"))) {
    const [, name = "", labels = ""] = /^([a-zA-Z_:]+)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
    if (name === "") throw new Error(`no sample: ${line}`);
    const known = exposed.get(name) ?? new Set<string>();
    exposed.set(name, known);
    for (const [, label = ""] of labels.matchAll(/([a-zA-Z_]+)="(?:[^"\\]|\\.)*"/g)) known.add(label);
  }
  return exposed;
}

/** Labels that Prometheus adds to what it scrapes. */
const TARGET = ["job", "instance"];

/** What an expression asks for that nobody exports: series, and labels that they have not. */
export function unknownIn(expression: string, exposed: Exposed): readonly string[] {
  const { selected, grouping } = readPromql(expression);
  const unknown = selected.flatMap(({ name, labels }) => {
    const known = exposed.get(name);
    if (known === undefined) return [name];
    return labels
      .filter((label) => !known.has(label) && !TARGET.includes(label))
      .map((label) => `${name}{${label}}`);
  });
  const all = new Set(TARGET);
  for (const { name } of selected) for (const label of exposed.get(name) ?? []) all.add(label);
  return [...unknown, ...grouping.filter((label) => !all.has(label)).map((label) => `by (${label})`)];
}
