/** Why the gate's API did not do what it was asked. */
export type Trouble =
  | "unreachable"
  | "signed-out"
  | "forbidden"
  | "missing"
  | "not-understood"
  | "too-many"
  | "failed";

/** What did not go well, in words for whoever looks. */
export interface Failure {
  readonly ok: false;
  readonly trouble: Trouble;
  /** What the gate said of it, or what is known without it. */
  readonly sentence: string;
  /** Everything that is wrong with what was asked, where the gate says so. */
  readonly problems: readonly string[];
  /** The whole answer, parsed; `null`: there was none. */
  readonly body: unknown;
}

/** What came of a call. */
export type Answer<Body> = { readonly ok: true; readonly body: Body } | Failure;

const TROUBLES: Readonly<Record<number, Trouble>> = {
  401: "signed-out",
  403: "forbidden",
  404: "missing",
  409: "not-understood",
  413: "not-understood",
  422: "not-understood",
  429: "too-many",
};

/** Reads the gate's answer to a call. @param body what it sent, parsed; anything */
export function readAnswer<Body>(status: number, body: unknown): Answer<Body> {
  // The API is the gate's own, and its answers have the types that it documents.
  // eslint-disable-next-line typescript/no-unsafe-type-assertion
  if (status >= 200 && status < 300) return { ok: true, body: body as Body };
  const { error, problems }: { error?: unknown; problems?: unknown } = Object(body);
  return {
    ok: false,
    trouble: TROUBLES[status] ?? "failed",
    sentence: typeof error === "string" ? error : `the gateway answered with status ${status}`,
    problems: Array.isArray(problems) ? problems.map(String) : [],
    body,
  };
}

/** There was no answer. */
export const unreachable: Failure = {
  ok: false,
  trouble: "unreachable",
  sentence: "the gateway does not answer",
  problems: [],
  body: null,
};
