import { describe, expect, it } from "vitest";
import { makeGuard, makeHandshake, outcome, problemsOf, shake } from "../../test/handshake-fixture.ts";
import { answerSubprotocol, isCredentialSubprotocol, subprotocol } from "./subprotocol.ts";

interface Result {
  readonly result: string;
  readonly detail: string;
  readonly forwarded: readonly string[];
}

async function offer(options: unknown, ...subprotocols: string[]): Promise<Result> {
  const handshake = makeHandshake({ subprotocols });
  const verdict = await shake(await makeGuard(subprotocol, options), handshake);
  const detail = verdict.verdict === "refuse" ? verdict.detail : "";
  return { result: outcome(verdict), detail, forwarded: handshake.subprotocols };
}

const passed = (...forwarded: string[]): Result => ({ result: "pass", detail: "", forwarded });

describe("subprotocol", () => {
  it("lets every subprotocol pass without a list, in order", async () => {
    expect(await offer(undefined, "b", "a")).toEqual(passed("b", "a"));
    expect(await offer({})).toEqual(passed());
  });

  it("lets only listed ones go on, compared with case (RFC 6455 4.1)", async () => {
    expect(await offer({ allow: ["chat.v2"] }, "chat.v1", "chat.v2")).toEqual(passed("chat.v2"));
    expect((await offer({ allow: ["chat.v2"] }, "CHAT.V2")).result).toBe("subprotocol.not-allowed");
  });

  it("refuses a client of which no subprotocol is listed, and names both sides", async () => {
    const { result, detail, forwarded } = await offer(
      { allow: ["chat.v2"] },
      "chat.v1",
      "sallyport.token.secret",
    );
    expect(result).toBe("subprotocol.not-allowed");
    expect(detail).toBe('offered "chat.v1", allowed "chat.v2"');
    expect(forwarded).toEqual([]);
  });

  it("lets a client pass that offers none, or none but the gate's own", async () => {
    expect(await offer({ allow: ["chat.v2"] })).toEqual(passed());
    expect(await offer({ allow: ["chat.v2"] }, "sallyport.v1", "sallyport.ticket.abc")).toEqual(passed());
  });

  it("refuses whatever is offered where the application speaks none", async () => {
    expect(await offer({ allow: "none" }, "sallyport.v1", "sallyport.ticket.abc")).toEqual(passed());
    expect(await offer({ allow: "none" }, "chat.v1")).toEqual({
      result: "subprotocol.not-allowed",
      detail: 'offered "chat.v1", allowed none',
      forwarded: [],
    });
  });

  it("refuses a client that offers none where one is required (MQTT 5 6.0)", async () => {
    const options = { allow: ["mqtt"], required: true };
    expect(await offer(options, "mqtt")).toEqual(passed("mqtt"));
    expect(await offer({ required: true }, "any")).toEqual(passed("any"));
    expect((await offer(options)).result).toBe("subprotocol.missing");
    expect((await offer(options, "sallyport.v1", "sallyport.ticket.abc")).result).toBe("subprotocol.missing");
    expect((await offer(options, "other")).result).toBe("subprotocol.not-allowed");
  });

  it("takes out credentials and the gate's own name, whatever is listed", async () => {
    const offered = [
      "sallyport.v1",
      "sallyport.token.a.b.c",
      "chat.v2",
      "sallyport.ticket.x",
      "Sallyport.Token.a",
    ];
    expect(await offer({}, ...offered)).toEqual(passed("chat.v2"));
    expect(await offer({ allow: ["chat.v2"] }, ...offered)).toEqual(passed("chat.v2"));
  });

  it("keeps unlisted ones in observe mode, and credentials out", async () => {
    const options = { mode: "observe", allow: ["chat.v2"] };
    expect(await offer(options, "chat.v1", "sallyport.token.x")).toMatchObject({
      result: "subprotocol.not-allowed",
      forwarded: ["chat.v1"],
    });
    expect(await offer(options, "chat.v1", "chat.v2")).toEqual(passed("chat.v1", "chat.v2"));
  });

  it("shows the operator at most five of those offered", async () => {
    const { detail } = await offer({ allow: ["x"] }, "a", "b", "c", "d", "e", "f", "g");
    expect(detail).toBe('offered "a", "b", "c", "d", "e", allowed "x"');
  });

  it.each([
    [{ allow: [] }, "leave `allow` out"],
    [{ allow: "chat" }, "expected a list"],
    [{ allow: "none", required: true }, "`allow: none` has none"],
    [{ allow: [7] }, "expected a list of subprotocols"],
    [{ allow: ["a b"] }, "expected a token"],
    [{ allow: [""] }, "expected a token"],
    [{ allow: ["sallyport.v1"] }, "the gate's own"],
    [{ allow: ["sallyport.token.x"] }, "the gate's own"],
  ])("refuses the options %j", (options, why) => {
    expect(problemsOf(subprotocol, options)).toEqual([expect.stringContaining(why)]);
  });
});

describe("isCredentialSubprotocol", () => {
  it("knows tokens and tickets in any case, and nothing else", () => {
    const names = ["sallyport.token.x", "SALLYPORT.TICKET.x", "sallyport.v1", "sallyport.tokenx", "chat"];
    expect(names.map(isCredentialSubprotocol)).toEqual([true, true, false, false, false]);
  });
});

describe("answerSubprotocol", () => {
  const token = "sallyport.token.a.b.c";

  it("answers with the application's choice", () => {
    expect(
      answerSubprotocol({ offered: ["a", "b", token], forwarded: ["a", "b"], chosenByUpstream: "b" }),
    ).toEqual({
      ok: true,
      value: "b",
    });
  });

  it.each([["c"], ["A"], [""], ["sallyport.v1"], [token]])(
    "refuses the application's choice of %j, which it was not offered (RFC 6455 4.1)",
    (chosenByUpstream) => {
      const offered = ["a", "sallyport.v1", token];
      expect(answerSubprotocol({ offered, forwarded: ["a"], chosenByUpstream })).toMatchObject({
        ok: false,
        code: "subprotocol.upstream-choice",
      });
    },
  );

  it("names what the application was offered", () => {
    expect(answerSubprotocol({ offered: [], forwarded: [], chosenByUpstream: "c" })).toMatchObject({
      detail: 'the application chose "c", and was offered none',
    });
  });

  it("answers none when the application chose none", () => {
    expect(answerSubprotocol({ offered: ["a"], forwarded: ["a"], chosenByUpstream: null })).toEqual({
      ok: true,
      value: null,
    });
    expect(answerSubprotocol({ offered: [], forwarded: [], chosenByUpstream: null })).toEqual({
      ok: true,
      value: null,
    });
  });

  it("answers sallyport.v1 when the application chose none and the client offered it beside its credential", () => {
    expect(
      answerSubprotocol({ offered: ["sallyport.v1", token], forwarded: [], chosenByUpstream: null }),
    ).toEqual({ ok: true, value: "sallyport.v1" });
  });

  it("refuses a credential with nothing beside it to select, without showing it", () => {
    const answer = answerSubprotocol({ offered: ["a", token], forwarded: ["a"], chosenByUpstream: null });
    expect(answer).toMatchObject({ ok: false, code: "subprotocol.not-allowed" });
    expect(JSON.stringify(answer)).not.toContain("a.b.c");
  });
});
