import { once } from "node:events";
import { get, request, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import type { AdminDesk } from "../../src/hosts/admin/admin-desk.ts";
import type { JournalPage } from "../../src/hosts/dashboard/journal-message.ts";
import { emptyDesk } from "../empty-desk.ts";
import { idleGate, openDashboard, TOKENS, type OpenDashboard } from "./dashboard-fixture.ts";

const page: JournalPage = {
  rows: [],
  next: null,
  cut: false,
  blocks: { read: 0, skipped: 0 },
  notes: [],
};

async function open(desk: Partial<AdminDesk>): Promise<OpenDashboard> {
  return await openDashboard({ gate: idleGate({ desk: { ...emptyDesk, ...desk } }) });
}

/** The token of the role `investigator` is worth that of a viewer from now on. */
async function lower({ admin, config }: OpenDashboard): Promise<void> {
  const tokens = config.tokens.map((token) => ({ ...token, role: "viewer" as const }));
  (await admin.prepare({ ...config, tokens }))();
}

describe("a role that is lost while an answer is made", () => {
  it.each(["its token", "its session"] as const)("is shown nothing of it, by %s", async (by) => {
    const asked = Promise.withResolvers<void>();
    const found = Promise.withResolvers<void>();
    const opened = await open({
      async search() {
        asked.resolve();
        await found.promise;
        return { ok: true, value: page };
      },
    });
    const { ask, asPage, signIn, records } = opened;
    const call = "GET /journal/search?reason=r";
    const answer =
      by === "its token"
        ? ask(call, { headers: { Authorization: `Bearer ${TOKENS.investigator}` } })
        : asPage(call, { cookie: await signIn("investigator") });
    await asked.promise;
    await lower(opened);
    found.resolve();
    expect(await answer).toMatchObject({
      status: 403,
      body: { error: expect.stringContaining("your role") },
    });
    expect(records().at(-1)).toMatchObject({ name: "investigator", status: 403 });
  });

  it("gets no further piece of an export, whose place is free again", async () => {
    const lowered = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    async function* pieces(): AsyncGenerator<string> {
      try {
        yield "first";
        await lowered.promise;
        yield "second";
      } finally {
        ended.resolve();
      }
    }
    const opened = await open({ export: async () => ({ ok: true, value: pieces() }) });
    const headers = { Authorization: `Bearer ${TOKENS.investigator}` };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get(`${opened.url}/journal/export`, { headers, agent: false }, resolve).once("error", reject);
    });
    await lower(opened);
    lowered.resolve();
    await expect(text(response)).rejects.toThrow("aborted");
    await ended.promise;
  });

  it("still hears what came of what was done", async () => {
    const opened: OpenDashboard = await openDashboard({
      gate: idleGate({
        async closeSessions() {
          await lower(opened);
          return { count: 3, unanswered: [] };
        },
      }),
    });
    const answer = await opened.asPage("POST /sessions/kill", {
      cookie: await opened.signIn("investigator"),
      body: { user: "ada" },
    });
    expect(answer).toMatchObject({ status: 200, body: { killed: 3 } });
  });
});

describe("a role that is lost while a body comes", () => {
  it.each(["its token", "its session"] as const)("does nothing more, by %s", async (by) => {
    const bans: string[] = [];
    const idle = idleGate();
    const gate = idleGate({
      bans: { ...idle.bans, add: (address, terms) => (bans.push(address), idle.bans.add(address, terms)) },
    });
    const opened = await openDashboard({ gate });
    const { url, host, signIn, records } = opened;
    const headers =
      by === "its token"
        ? { Authorization: `Bearer ${TOKENS.investigator}` }
        : { Cookie: await signIn("investigator"), Origin: url, "Sallyport-Request": "1" };
    const asked = request(`${url}/bans`, {
      method: "POST",
      agent: false,
      headers: { ...headers, Host: host, Expect: "100-continue" },
    });
    // Its role was looked at by then.
    await once(asked, "continue");
    await lower(opened);
    asked.end(JSON.stringify({ address: "192.0.2.1" }));
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    expect([response.statusCode, bans]).toEqual([403, []]);
    expect(await text(response)).toContain("your role");
    expect(records().at(-1)).toMatchObject({ name: "investigator", path: "/bans", status: 403 });
  });
});
