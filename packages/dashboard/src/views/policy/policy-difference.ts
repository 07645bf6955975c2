import type { GuardInForce, RouteInForce } from "../../../../sallyport/src/hosts/dashboard/policy-message.ts";

/** Something that stands otherwise in a changed policy. */
export interface PolicyDifference {
  readonly route: string;
  /** `null`: the route as a whole. */
  readonly guard: string | null;
  /** Empty: the guard as a whole. */
  readonly key: string;
  /** `null`: it is not there. */
  readonly before: string | null;
  readonly after: string | null;
}

/** What another policy has otherwise, route by route and guard by guard. */
export function policyDifferences(
  before: readonly RouteInForce[],
  after: readonly RouteInForce[],
): readonly PolicyDifference[] {
  const names = [...new Set([...before, ...after].map(({ route }) => route))];
  return names.flatMap((route) => {
    const [old, next] = [before, after].map((routes) => routes.find((known) => known.route === route));
    if (old === undefined || next === undefined)
      return [{ route, guard: null, key: "", before: old && "there", after: next && "there" }].map(absent);
    const guards = [...new Set([...old.guards, ...next.guards].map(({ name }) => name))];
    return guards.flatMap((guard) =>
      guardDifferences({ route, guard }, find(old.guards, guard), find(next.guards, guard)),
    );
  });
}

function absent(found: {
  readonly route: string;
  readonly guard: null;
  readonly key: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}): PolicyDifference {
  return { ...found, before: found.before ?? null, after: found.after ?? null };
}

function find(guards: readonly GuardInForce[], name: string): GuardInForce | undefined {
  return guards.find((guard) => guard.name === name);
}

function valueIn({ values }: GuardInForce, key: string): string | null {
  return values.find((value) => value.key === key)?.value ?? null;
}

function guardDifferences(
  place: { readonly route: string; readonly guard: string },
  old: GuardInForce | undefined,
  next: GuardInForce | undefined,
): readonly PolicyDifference[] {
  if (old === undefined || next === undefined)
    return [{ ...place, key: "", before: old?.mode ?? null, after: next?.mode ?? null }];
  const values = [...new Set([...old.values, ...next.values].map(({ key }) => key))];
  const changed = values
    .map((key) => Object.assign({ key, before: valueIn(old, key), after: valueIn(next, key) }, place))
    .filter((difference) => difference.before !== difference.after);
  const mode = { ...place, key: "mode", before: old.mode, after: next.mode };
  return old.mode === next.mode ? changed : [mode, ...changed];
}
