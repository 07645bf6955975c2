import { z } from "zod";
import type { AdminRole } from "../../policy/admin-options.ts";
import type { AdminGate } from "./admin-gate.ts";
import type { AdminCaller } from "./admin-tokens.ts";

/** What a caller asked for, checked by the route's schemas. */
export interface AdminCall<Query, Body> {
  readonly gate: AdminGate;
  /** Who calls; `null`: nobody known, which a route with a role never sees. */
  readonly caller: AdminCaller | null;
  /** Where from. */
  readonly address: string;
  /** What stands in the path where the route has `{…}`; empty elsewhere. */
  readonly name: string;
  readonly query: Query;
  readonly body: Body;
}

/** What is answered. */
export interface AdminReply {
  readonly status: number;
  /** Written as JSON, unless there is a `contentType`: then it is a text. */
  readonly body: unknown;
  readonly contentType?: string;
  /** A text that is sent piece by piece, in place of the body. */
  readonly pieces?: AsyncIterable<string>;
  readonly headers?: Readonly<Record<string, string>>;
  /** What was asked for and what came of it, for the record. Never a secret. */
  readonly detail?: string;
}

/** One kind of answer, as the documentation of the API has it. */
export interface AdminAnswerShape {
  readonly description: string;
  /** `null`: a text. */
  readonly schema: z.ZodType | null;
}

/** What every route says of itself. */
export interface AdminRouteFacts {
  readonly method: "GET" | "POST" | "DELETE";
  /** Such as `/bans/{address}` or `/findings/{incident}/undo`: one parameter at most. */
  readonly path: string;
  /** Its name in the documentation. */
  readonly id: string;
  readonly summary: string;
  /** The least role that may; `null`: on loopback everybody, elsewhere every token. */
  readonly role: AdminRole | null;
  /** Whether its use is recorded: it changes something, or tells about persons. */
  readonly recorded: boolean;
  /** The longest body that is read. Default: 16 KiB. */
  readonly bodyBytes?: number;
  readonly answers: Readonly<Record<number, AdminAnswerShape>>;
}

/** One route of the admin API: what serves it is what documents it. */
export interface AdminRoute extends AdminRouteFacts {
  readonly query: z.ZodType;
  /** `null`: none is read. */
  readonly body: z.ZodType | null;
  answer(call: AdminCall<unknown, unknown>): Promise<AdminReply>;
}

const nothing: z.ZodType<Readonly<Record<string, never>>> = z.strictObject({});

/** A schema, where a route has one. */
type Maybe<Value> = z.ZodType<Value> | undefined;

/**
 * Makes a route. What a caller sent is checked before `answer` sees it; what does not fit is a 422 that names every problem.
 */
export function adminRoute<Query = Readonly<Record<string, never>>, Body = undefined>(
  route: AdminRouteFacts & {
    readonly query?: Maybe<Query>;
    readonly body?: Maybe<Body>;
    readonly answer: (call: AdminCall<Query, Body>) => AdminReply | Promise<AdminReply>;
  },
): AdminRoute {
  const { query = nothing, body = null, answer, ...facts } = route;
  return {
    ...facts,
    query,
    body,
    async answer({ query: asked, body: sent, ...call }) {
      const [readQuery, readBody] = [query.safeParse(asked), body?.safeParse(sent ?? {})];
      const problems = [readQuery, readBody].flatMap((read) => problemsOf(read?.error));
      if (problems.length > 0 || !readQuery.success) return unprocessable(problems);
      // Without a schema no body is read, and `Body` is `undefined`.
      // eslint-disable-next-line typescript/no-unsafe-type-assertion
      return await answer({ ...call, query: readQuery.data as Query, body: readBody?.data as Body });
    },
  };
}

function problemsOf(error: z.ZodError | undefined): string[] {
  return (error?.issues ?? []).map(({ path, message }) => {
    const place = path.join(".");
    return place === "" ? message : `${place}: ${message}`;
  });
}

/** A 422 that says everything that is wrong. */
export function unprocessable(problems: readonly string[]): AdminReply {
  return { status: 422, body: { error: "not understood", problems }, detail: problems.join("; ") };
}

/** A 404. */
export function unknown(error: string): AdminReply {
  return { status: 404, body: { error }, detail: error };
}

/** As much as is said again of a name that was asked for. */
const MAX_NAME = 128;

/** A 404 of something that is kept for a time. @param what such as `incident` */
export function noLongerKnown(what: string, name: string): AdminReply {
  return unknown(`no ${what} ${JSON.stringify(name.slice(0, MAX_NAME))} is known any more`);
}

/** What every answer that says no holds. */
export const refusalShape: z.ZodType = z.object({
  error: z.string(),
  problems: z.array(z.string()).optional().describe("Everything that is wrong, one sentence each."),
});

/** The answer to what is not there. */
export const notFound: AdminAnswerShape = { description: "There is no such thing.", schema: refusalShape };

/** The answer to what cannot be done as it was asked. */
export const notUnderstood: AdminAnswerShape = {
  description: "The request says something that cannot be done, or that is not understood.",
  schema: refusalShape,
};
