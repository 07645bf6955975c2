import { z } from "zod";
import { isReason } from "../../journal/is-reason.ts";
import type { DeskAnswer, DeskFilter, DeskReader } from "./admin-desk.ts";
import {
  adminRoute,
  notFound,
  notUnderstood,
  refusalShape,
  type AdminAnswerShape,
  type AdminCall,
  type AdminReply,
  type AdminRoute,
} from "./admin-route.ts";

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 500;
const DEFAULT_CONTENT = 4096;
const MAX_CONTENT = 1024 * 1024;
const MAX_TEXT = 1024;
/** Sessions and incidents have ids like this. */
const ID = /^[A-Za-z0-9_-]{1,64}$/;

const text = z.string().min(1).max(MAX_TEXT);
const reason = z
  .string()
  .trim()
  .min(1)
  .max(500)
  .refine(isReason, { error: "expected why, in words" })
  .optional()
  .describe("Why whole contents are read: without it they are left out. It is recorded.");
const limit = z.coerce.number().int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT);
const cursor = text.optional().describe("The `next` of the page before.");

const filterShape = {
  text: text.optional().describe("Stands in a content, in a name, or anywhere in an event."),
  user: text.optional().describe("Of this user."),
  session: text.optional().describe("Of this session."),
  address: text.optional().describe("From this address."),
  route: text.optional().describe("Of this route, such as `/chat`."),
  guard: text.optional().describe("On which this guard decided."),
  verdict: text.optional().describe("`pass`, `report`, `observe`, `replace`, `drop`, `close` or `refuse`."),
  name: text.optional().describe("Of messages that their dialect calls so."),
  incident: text.optional().describe("With this incident."),
  type: text.optional().describe("`message`, or an event's type."),
  since: text.optional().describe("Not before: a time, or how long ago, such as `2h`."),
  until: text.optional().describe("Before: likewise."),
} as const;

type Paged = DeskFilter & {
  readonly reason?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
};

const searchQuery: z.ZodType<Paged> = z.strictObject({
  ...filterShape,
  reason,
  limit: limit.describe("Records at most on one page."),
  cursor,
});

const exportQuery: z.ZodType<
  DeskFilter & { readonly reason?: string | undefined; readonly format: "jsonl" | "csv" | "har" }
> = z.strictObject({
  ...filterShape,
  reason,
  format: z
    .enum(["jsonl", "csv", "har"])
    .default("jsonl")
    .describe("`jsonl` is exact; `har` is what browsers' developer tools show, of one session or user."),
});

const conversationQuery: z.ZodType<{
  readonly reason?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly content: number;
}> = z.strictObject({
  reason,
  limit: limit.describe("Records at most on one page."),
  cursor,
  content: z.coerce
    .number()
    .int()
    .min(16)
    .max(MAX_CONTENT)
    .default(DEFAULT_CONTENT)
    .describe("Characters of each content at most."),
});

const verifyBody: z.ZodType<{
  readonly checkpoint?: string | undefined;
  readonly publicKey?: string | undefined;
}> = z.strictObject({
  checkpoint: z.string().max(8192).optional().describe("A checkpoint that was kept elsewhere, as a text."),
  publicKey: z.string().max(256).optional().describe("The journal's public key, known from elsewhere."),
});

const row = {
  id: z.string().describe("Names the record for ever: its frame, and its place there."),
  at: z.iso.datetime(),
  type: z.string().describe("`message`, or an event's type."),
  session: z.string().nullable(),
  route: z.string().nullable(),
  user: z.string().nullable(),
  address: z.string().nullable(),
  direction: z.enum(["inbound", "outbound"]).nullable(),
  verdict: z.string().describe("What became of it, in a word."),
  guard: z.string().nullable(),
  code: z.string().nullable(),
  incident: z.string().nullable(),
  sequence: z.int().nullable().describe("Of a message: its number in the session."),
  size: z.int().nullable(),
  opcode: z.enum(["text", "binary"]).nullable(),
  name: z.string().nullable().describe("What its dialect calls it."),
  kept: z.enum(["none", "digest", "redacted", "full"]).describe("What was kept of its content."),
  text: z.string().describe("Of an event: what happened."),
} as const;

const page = z.strictObject({
  rows: z.array(z.strictObject(row)).describe("The newest first. Contents are not among them."),
  next: z.string().nullable().describe("Where the next page begins, for `cursor`."),
  cut: z
    .boolean()
    .describe("The time that a page may take was over: say a shorter time, or go on behind `next`."),
  blocks: z.strictObject({ read: z.int(), skipped: z.int() }).describe("Read, and left out by an index."),
  notes: z.array(z.string()).describe("What was not looked through, and why."),
});

const withheld = z.enum(["role", "reason", "erased"]);

const conversation = z.strictObject({
  session: z.string().nullable().describe("`null`: it is of a handshake that was refused."),
  incident: z.string().nullable(),
  entries: z.array(
    z.strictObject({
      ...row,
      content: z
        .strictObject({
          form: z.enum(["text", "bytes", "digest"]),
          text: z.string(),
          left: z.int().describe("Characters, or bytes, that are not here."),
          truncated: z.boolean().describe("It was longer than the journal keeps."),
        })
        .nullable(),
      withheld: withheld.nullable().describe("Why a content that was kept is not here."),
      parts: z.array(z.string()).describe("What its dialect calls its parts."),
      missing: z.int().describe("Messages before it that the journal shed."),
      meaning: z.strictObject({ message: z.string(), mend: z.string() }).nullable(),
    }),
  ),
  next: z.string().nullable(),
  cut: z.boolean(),
  withheld: z.record(withheld, z.int()).describe("Contents of this page that were kept and are not here."),
});

const verification = z.strictObject({
  state: z.enum(["running", "done", "failed"]),
  by: z.string().describe("Who began it."),
  startedAt: z.iso.datetime(),
  progress: z.strictObject({ done: z.int(), of: z.int(), records: z.int() }).describe("Segments."),
  report: z
    .strictObject({
      ok: z.boolean(),
      segments: z.int(),
      retired: z.int(),
      frames: z.int(),
      records: z.int(),
      bytes: z.int(),
      faults: z.array(z.string()).describe("What is not as it was written."),
      sound: z.array(z.string()),
      unknown: z.array(z.string()).describe("What nobody can know from what was given."),
      verifier: z.string().nullable().describe("The public key by which others know this journal."),
    })
    .nullable(),
  problem: z.string().nullable(),
});

const journalState = z.strictObject({
  directory: z.string(),
  segments: z.int(),
  retired: z.int().describe("Segments that are gone, with a tombstone."),
  bytes: z.int(),
  since: z.iso.datetime().nullable(),
  checkpoint: z.strictObject({ frames: z.int(), at: z.iso.datetime() }).nullable(),
  key: z
    .strictObject({ ok: z.boolean(), problem: z.string().nullable() })
    .describe("Whether its key is there. Without it nothing is read; it is verified all the same."),
  verification: verification.nullable().describe("The last one since the gate began."),
});

const off: AdminAnswerShape = { description: "The gate keeps no journal.", schema: refusalShape };
const busy: AdminAnswerShape = {
  description: "The gate keeps no journal, or it is being verified already.",
  schema: refusalShape,
};
const unreadable: AdminAnswerShape = {
  description:
    "It cannot be read, such as without its key, or the reading could not be recorded: then nothing is shown.",
  schema: refusalShape,
};
const late: AdminAnswerShape = { description: "It took too long.", schema: refusalShape };

/** The journal: found, shown, verified and handed over, as far as the role may, each reading recorded. */
export const journalRoutes: readonly AdminRoute[] = [
  adminRoute({
    method: "GET",
    path: "/journal/status",
    id: "journalStatus",
    summary:
      "What there is of the journal: its segments and size, its checkpoint, its key, and how its last verification ended.",
    role: "viewer",
    recorded: false,
    answers: { 200: { description: "The journal.", schema: journalState }, 409: off, 503: unreadable },
    answer: async ({ gate }) => replyOf(await gate.desk.status(), () => ""),
  }),
  adminRoute({
    method: "GET",
    path: "/journal/search",
    id: "searchJournal",
    summary:
      "Records of the journal, the newest first. Contents are looked through as far as role and reason allow, and never shown here.",
    role: "viewer",
    recorded: true,
    query: searchQuery,
    answers: {
      200: { description: "A page of records.", schema: page },
      409: off,
      422: notUnderstood,
      503: unreadable,
      504: late,
    },
    async answer({ gate, query, ...call }) {
      const { reason: why, limit: most, cursor: at, ...filter } = query;
      const found = await gate.desk.search(readerOf(call, why), { filter, limit: most, cursor: at ?? null });
      return replyOf(found, ({ rows }) => `${rows.length} records ${wordsOf(filter, why)}`);
    },
  }),
  adminRoute({
    method: "GET",
    path: "/journal/sessions/{session}",
    id: "showConversation",
    summary:
      "A session of the journal as a conversation, both directions in their order; or of an incident, the one in which it happened. Contents as far as the role allows: whole ones for `investigator` and `admin`, with a reason.",
    role: "viewer",
    recorded: true,
    query: conversationQuery,
    answers: {
      200: { description: "A page of it.", schema: conversation },
      404: notFound,
      409: off,
      422: notUnderstood,
      503: unreadable,
      504: late,
    },
    async answer({ gate, name, query, ...call }) {
      if (!ID.test(name)) return refusalOf(404, "expected the id of a session or an incident");
      const { reason: why, limit: most, cursor: at, content } = query;
      const asked = { subject: name, limit: most, cursor: at ?? null, contentBytes: content };
      const found = await gate.desk.conversation(readerOf(call, why), asked);
      return replyOf(found, ({ entries }) => `${entries.length} records ${wordsOf({}, why)}`);
    },
  }),
  adminRoute({
    method: "POST",
    path: "/journal/verify",
    id: "verifyJournal",
    summary:
      "Begins to verify every byte of the journal; `GET /journal/status` says how far that is, and what came of it. It needs no key.",
    role: "operator",
    recorded: true,
    body: verifyBody,
    answers: {
      202: { description: "It is being verified.", schema: verification },
      409: busy,
    },
    async answer({ gate, body, ...call }) {
      const begun = await gate.desk.verify(readerOf(call, undefined), body);
      return replyOf(begun, () => "begun", 202);
    },
  }),
  adminRoute({
    method: "GET",
    path: "/journal/export",
    id: "exportJournal",
    summary:
      "Records of the journal as a file, the oldest first, with contents as far as the role allows: whole ones for `investigator` and `admin`, with a reason.",
    role: "viewer",
    recorded: true,
    query: exportQuery,
    answers: {
      200: { description: "The file. It is protected by nothing that protects the journal.", schema: null },
      409: off,
      422: notUnderstood,
      503: unreadable,
    },
    async answer({ gate, query, ...call }) {
      const { reason: why, format, ...filter } = query;
      const begun = await gate.desk.export(readerOf(call, why), { filter, format });
      if (!begun.ok) return replyOf(begun, () => "");
      return {
        status: 200,
        body: null,
        pieces: begun.value,
        contentType: FORMATS[format],
        headers: { "Content-Disposition": `attachment; filename="journal.${format}"` },
        detail: `${format} ${wordsOf(filter, why)}`,
      };
    },
  }),
];

const FORMATS = {
  jsonl: "application/x-ndjson; charset=utf-8",
  csv: "text/csv; charset=utf-8",
  har: "application/json; charset=utf-8",
} as const;

/** Who reads. A route that shows something has a role, so that somebody is known. */
export function readerOf(
  { caller, address }: Pick<AdminCall<unknown, unknown>, "caller" | "address">,
  why: string | undefined,
): DeskReader {
  if (caller === null) throw new Error("nobody reads a journal unknown");
  return { name: caller.name, role: caller.role, address, reason: why ?? null };
}

/** What a desk answered, as the API does. @param told for the record */
export function replyOf<T>(answer: DeskAnswer<T>, told: (value: T) => string, status = 200): AdminReply {
  if (!answer.ok) return refusalOf(answer.status, answer.problem);
  return { status, body: answer.value, detail: told(answer.value) };
}

function refusalOf(status: number, error: string): AdminReply {
  return { status, body: { error }, detail: error };
}

/** What was asked for, in words. Of a text that is searched only its length: it may be the secret itself. */
function wordsOf({ text: searched, ...fields }: DeskFilter, why: string | undefined): string {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  const words = given.map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  if (searched !== undefined) words.push(`a text of ${searched.length} characters`);
  const of = words.length === 0 ? "" : `of ${words.join(", ")}`;
  return `${of}${why === undefined ? "" : `, because ${JSON.stringify(why)}`}`.trim();
}
