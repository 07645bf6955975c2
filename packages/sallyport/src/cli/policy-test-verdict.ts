import { errors, type ErrorCode } from "../errors.ts";
import type { Denial } from "../guards/guard.ts";
import type { Expectation } from "./policy-test-expectation.ts";

/** What became of a handshake, a message or a connection. */
export interface Found {
  readonly verdict:
    | "admitted"
    | "refused"
    | "pass"
    | "held"
    | "drop"
    | "replace"
    | "open"
    | "close"
    | "undecided";
  /** Why; `null` where nothing was decided against it. */
  readonly denial: Denial | null;
  /** The status or close code that goes with it; `null`: none does. */
  readonly number: number | null;
  /** What guards in `mode: observe` would have done. */
  readonly observed: readonly Denial[];
  /** Milliseconds from the beginning of the step until it came to this. */
  readonly afterMs: number;
  /** Of messages that were sent several times, the one that it became of, from 1; `null`: there was one. */
  readonly nth: number | null;
}

/** A denial alone, out of the event that tells it. */
function bare({ code, detail }: Denial): Denial {
  return { code, detail };
}

/** What was found where nothing was decided against it. */
export function foundWell(verdict: Found["verdict"], observed: readonly Denial[] = []): Found {
  return { verdict, denial: null, number: null, observed: observed.map(bare), afterMs: 0, nth: null };
}

/** What was found where something was decided against it. @param number the status or close code, where one goes with it */
export function foundDenied(
  verdict: Found["verdict"],
  { denial, number = null, observed = [] }: FoundDenial,
): Found {
  return { ...foundWell(verdict, observed), denial: bare(denial), number };
}

/** What was decided, and what else was only observed. */
export interface FoundDenial {
  readonly denial: Denial;
  readonly number?: number | null;
  readonly observed?: readonly Denial[];
}

/** A refused handshake. */
export function foundRefused(denial: Denial, observed: readonly Denial[] = []): Found {
  return foundDenied("refused", { denial, number: errors[denial.code].status ?? 400, observed });
}

/** Whether what was found is what was expected. */
export function isExpected(expected: Expectation, found: Found): boolean {
  const { verdict, number, code, detail } = expected;
  if (verdict === "observed") return found.verdict === "admitted" && found.observed.some(fits(code, detail));
  if (verdict === "observe" || verdict === "report")
    return passes(found) && found.observed.some(fits(code, detail));
  if (verdict === "pass") return passes(found);
  if (found.verdict !== verdict) return false;
  if (number !== null && found.number !== number) return false;
  return found.denial === null ? code === null && detail === null : fits(code, detail)(found.denial);
}

function passes({ verdict }: Found): boolean {
  return verdict === "pass" || verdict === "held";
}

function fits(code: ErrorCode | null, detail: string | null): (denial: Denial) => boolean {
  return (denial) =>
    (code === null || denial.code === code) && (detail === null || denial.detail.includes(detail));
}

/** What was expected, in one line. */
export function describeExpectation({ verdict, number, code, detail }: Expectation): string {
  const parts = [verdict, number, code, detail === null ? null : `“${detail}”`];
  return parts.filter((part) => part !== null).join(" ");
}

/** What was found, in a line or two: the verdict, then who decided and why. */
export function describeFound(found: Found): readonly string[] {
  const { verdict, denial, number, observed, afterMs, nth } = found;
  const when = afterMs > 0 ? `after ${describeDuration(afterMs)}` : null;
  const which = nth === null || denial === null ? null : `at number ${nth}`;
  const head = [verdict, number, denial?.code ?? null, which, when].filter((part) => part !== null).join(" ");
  const why = denial === null ? [] : [describeDenial(denial)];
  return [head, ...why, ...observed.map((one) => `observed ${one.code}, ${describeDenial(one)}`)];
}

function describeDenial({ code, detail }: Denial): string {
  const guard = code.slice(0, code.indexOf("."));
  const [line = ""] = detail.split("\n");
  // A detail may quote what a peer sent: it moves no cursor.
  // eslint-disable-next-line no-control-regex
  return `${guard}: ${line}`.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, " ");
}

/** A duration as it is written in a file: `90s`, `1.5s`, `2h`. */
export function describeDuration(ms: number): string {
  const units = [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["m", 60_000],
  ] as const;
  const whole = units.find(([, unit]) => ms >= unit && ms % unit === 0);
  return whole === undefined ? `${Number((ms / 1000).toFixed(3))}s` : `${ms / whole[1]}${whole[0]}`;
}
