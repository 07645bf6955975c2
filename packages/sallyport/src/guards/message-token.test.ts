import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { knownBy, makeGuard, problemsOf } from "../../test/handshake-fixture.ts";
import { messageFixture } from "../../test/message-fixture.ts";
import { facts as anybody, handle } from "../../test/recorded-session.ts";
import type { ConnectionGuard, MessageVerdict, TokenJudging } from "./guard.ts";
import { JUDGED_WITHIN_MS, messageToken } from "./message-token.ts";

const ada = knownBy("authorization");
const facts = { ...anybody, identity: { ...ada, claims: { sid: "s-1" } } };

const tokens: TokenJudging = {
  recall: (token) => (token === "known" ? ada : null),
  judge: (token) =>
    Promise.resolve(token === "new" ? ada : { code: "identity.invalid", detail: "not a signed token" }),
};

async function opened(options: object): Promise<ConnectionGuard> {
  const guard = await makeGuard(messageToken, { pointer: "/token", ...options }, { tokens });
  const connection = guard.open?.(facts, handle);
  if (connection === undefined) throw new TypeError("does not open");
  return connection;
}

function ask(connection: ConnectionGuard, text: string): MessageVerdict | undefined {
  return connection.message?.(messageFixture(text), 100);
}

describe("messageToken", () => {
  it("lets a message pass that carries a token which was judged before", async () => {
    expect(ask(await opened({}), '{"token":"known"}')).toEqual({ verdict: "pass" });
  });

  it("waits five seconds at most until one is judged that was not, and is asked again then", async () => {
    const connection = await opened({});
    const verdict = ask(connection, '{"token":"new"}');
    if (verdict?.verdict !== "wait") throw new Error(verdict?.verdict);
    const { until, ...rest } = verdict;
    expect(rest).toEqual({
      verdict: "wait",
      untilMs: 100 + JUDGED_WITHIN_MS,
      code: "messageToken.unavailable",
      detail: "it was not judged within 5 s",
    });
    await until;
    expect(ask(connection, '{"token":"new"}')).toEqual({ verdict: "pass" });
  });

  it("closes on a token that is not believed, and on a message that has none, with nothing of the token told", async () => {
    const connection = await opened({});
    const verdict = ask(connection, '{"token":"forged"}');
    if (verdict?.verdict === "wait") await verdict.until;
    expect(ask(connection, '{"token":"forged"}')).toEqual({
      verdict: "close",
      code: "messageToken.invalid",
      detail: "not a signed token",
    });
    expect(ask(connection, "{}")).toEqual({
      verdict: "close",
      code: "messageToken.missing",
      detail: 'nothing at "/token"',
    });
  });

  it("takes the token out of what goes on, where it is asked to, without recording each", async () => {
    const connection = await opened({ strip: true });
    expect(ask(connection, '{"token":"known", "say":"hi"}')).toEqual({
      verdict: "replace",
      payload: Buffer.from('{"say":"hi"}'),
    });
  });

  it("expects the session's own id, or a claim's value, where it is told to", async () => {
    const session = await opened({ expect: "session" });
    expect(ask(session, `{"token":"${facts.session}"}`)).toEqual({ verdict: "pass" });
    expect(ask(session, '{"token":"known"}')).toMatchObject({ code: "messageToken.invalid" });
    const claim = await opened({ expect: { claim: "sid" } });
    expect(ask(claim, '{"token":"s-1"}')).toEqual({ verdict: "pass" });
    claim.refreshed?.({ identity: { ...ada, claims: { sid: "s-2" } }, wallNow: 0, now: 0 });
    expect(ask(claim, '{"token":"s-1"}')).toMatchObject({ code: "messageToken.invalid" });
  });

  it("is asked about what the client says alone, in its mode", async () => {
    const guard = await makeGuard(messageToken, { pointer: "/t", mode: "observe" }, { tokens });
    expect([guard.reads, guard.controlFrames, guard.mode]).toEqual([
      { inbound: "json" },
      undefined,
      "observe",
    ]);
  });

  it("cannot be made where nothing on the route judges tokens; ids need nobody", async () => {
    await expect(makeGuard(messageToken, { pointer: "/t" })).rejects.toThrow(
      "needs `identity.jwt` or `identity.introspection` to judge tokens",
    );
    expect((await makeGuard(messageToken, { pointer: "/t", expect: "session" })).name).toBe("messageToken");
  });

  it.each([
    [{}, "expected a JSON Pointer such as /token"],
    [{ pointer: "" }, "expected a JSON Pointer to a member, such as /token or /auth/token (RFC 6901)"],
    [{ pointer: "token" }, "expected a JSON Pointer to a member, such as /token or /auth/token (RFC 6901)"],
    [{ pointer: "/a~2" }, "expected a JSON Pointer to a member, such as /token or /auth/token (RFC 6901)"],
  ])("refuses the options %j", (options, problem) => {
    expect(problemsOf(messageToken, options)).toEqual([problem]);
  });

  it.each([
    { pointer: "/t", expect: "cookie" },
    { pointer: "/t", expect: { claim: "" } },
    { pointer: "/t", x: 1 },
  ])("refuses the options %j", (options) => {
    expect(problemsOf(messageToken, options)).toHaveLength(1);
  });
});
