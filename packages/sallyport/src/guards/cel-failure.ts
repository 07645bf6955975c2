import { EvaluationError } from "@marcbachmann/cel-js";
import { internalNames } from "./cel-environment.ts";

const FAILURES: Readonly<Record<string, string>> = {
  no_such_key: "a field is not there",
  no_such_overload: "the types do not fit each other",
  no_matching_overload: "the types do not fit the function",
  index_out_of_bounds: "the list has no such element",
  invalid_logical_operand: "a part is neither true nor false",
  invalid_condition_type: "a part is neither true nor false",
  limit_exceeded: "a value is too large or of too deep a kind",
};

/**
 * Why an expression had no value, and where in it. The library's own words may hold what the peer sent, so only the kind
 * of failure is told. Anything that is not the library's own error, such as a stack that was too short, is told as little of.
 */
export function describeFailure(text: string, error: unknown): string {
  if (!(error instanceof EvaluationError)) return "it could not be evaluated";
  return `${place(text, error.range)}${FAILURES[error.code] ?? error.code.replaceAll("_", " ")}`;
}

/** What is wrong with an expression, in the library's words: they hold the author's text alone. */
export function describeMistake(text: string, error: unknown): string {
  if (!(error instanceof Error)) return "it is not accepted";
  const { message, summary, range }: Mistake = error;
  const words = (summary ?? message)
    .replaceAll(internalNames.matches, "matches")
    .replaceAll(internalNames.lowerAscii, "lowerAscii");
  return `${place(text, range)}${words}`;
}

/** Whether a mistake is about a field of this variable, as it is written. */
export function isFieldOf(variable: string, text: string, error: unknown): boolean {
  const { range }: Mistake = error instanceof Error ? error : { message: "" };
  return text.slice(0, range?.start ?? 0).endsWith(`${variable}.`);
}

interface Mistake {
  readonly message: string;
  readonly summary?: string;
  readonly range?: { readonly start: number };
}

function place(text: string, range: { readonly start: number } | undefined): string {
  return range === undefined ? "" : `at ${positionIn(text, range.start)}: `;
}

/** `line:column` of a position, both from 1. @param at from 0 */
export function positionIn(text: string, at: number): string {
  const before = text.slice(0, at);
  return `${before.split("\n").length}:${at - before.lastIndexOf("\n")}`;
}
