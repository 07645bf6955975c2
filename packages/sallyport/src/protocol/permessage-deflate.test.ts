import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseExtensions, serializeExtensions, type Extension } from "./extensions.ts";
import {
  acceptDeflate,
  deflateOffers,
  takeDeflate,
  type AcceptedDeflate,
  type DeflatePins,
} from "./permessage-deflate.ts";

const free: DeflatePins = { client: false, server: false };

function extensionsOf(text: string): readonly Extension[] {
  const parsed = parseExtensions(text === "" ? [] : [text]);
  if (!parsed.ok) throw new Error(parsed.detail);
  return parsed.extensions;
}

function offers(text: string, pins = free): string {
  return serializeExtensions(deflateOffers(extensionsOf(text), pins));
}

/** What a server's answer to an offer comes to. */
function accept(offer: string, answer: string, pins = free): AcceptedDeflate {
  return acceptDeflate(extensionsOf(answer), deflateOffers(extensionsOf(offer), pins), pins);
}

/** The same as one line: `bits context` of the client, then of the server; or why not. */
function outcome(offer: string, answer: string, pins = free): string {
  const accepted = accept(offer, answer, pins);
  if (!accepted.ok) return accepted.detail;
  if (accepted.deflate === null) return "none";
  const { client, server } = accepted.deflate;
  return [client, server]
    .map(({ windowBits, takeover }) => `${windowBits}${takeover ? "" : " fresh"}`)
    .join(", ");
}

describe("deflateOffers", () => {
  it.each([
    ["permessage-deflate"],
    ["permessage-deflate; server_no_context_takeover"],
    ["permessage-deflate; client_no_context_takeover"],
    ["permessage-deflate; client_max_window_bits"],
    ...[8, 9, 10, 11, 12, 13, 14, 15].flatMap((bits) => [
      [`permessage-deflate; server_max_window_bits=${bits}`],
      [`permessage-deflate; client_max_window_bits=${bits}`],
    ]),
    [
      "permessage-deflate; client_no_context_takeover; server_no_context_takeover; client_max_window_bits=9; server_max_window_bits=10",
    ],
    [
      "permessage-deflate; server_max_window_bits=10; client_max_window_bits, permessage-deflate; client_max_window_bits, permessage-deflate",
    ],
  ])("lets `%s` through as it came (RFC 7692 7.1, 7.1.3)", (offer) => {
    expect(offers(offer)).toBe(offer);
  });

  it("reads a quoted value as the token that it holds (RFC 6455 9.1)", () => {
    expect(offers('permessage-deflate; server_max_window_bits="10"')).toBe(
      "permessage-deflate; server_max_window_bits=10",
    );
  });

  it.each([
    ["an unknown parameter", "foo"],
    ["an unknown parameter with a value", "foo=1"],
    ["a name in another case", "Client_Max_Window_Bits"],
    ["a repeated parameter", "client_max_window_bits; client_max_window_bits"],
    ["a repeated parameter with other values", "server_max_window_bits=10; server_max_window_bits=11"],
    ["a value where none may be", "server_no_context_takeover=true"],
    ["a value where none may be, of the client", "client_no_context_takeover=1"],
    ["no value where one must be", "server_max_window_bits"],
    ["bits below 8", "server_max_window_bits=7"],
    ["bits above 15", "client_max_window_bits=16"],
    ["a leading zero", "client_max_window_bits=08"],
    ["a leading zero before two digits", "server_max_window_bits=010"],
    ["a sign", "client_max_window_bits=+9"],
    ["another notation", "client_max_window_bits=0xa"],
    ["a word", "client_max_window_bits=max"],
    ["an inherited name", "constructor"],
  ])("leaves out an offer with %s, and keeps the fall-back behind it (RFC 7692 7.1)", (_what, params) => {
    expect(offers(`permessage-deflate; ${params}, permessage-deflate`)).toBe("permessage-deflate");
    expect(offers(`permessage-deflate; ${params}`)).toBe("");
  });

  it("leaves out every other extension", () => {
    expect(offers("x-webkit-deflate-frame, permessage-deflate, PERMESSAGE-DEFLATE, permessage-bzip2")).toBe(
      "permessage-deflate",
    );
    expect(offers("")).toBe("");
  });

  it("has a pinned side begin each message afresh in every offer, once (RFC 7692 7.1.1)", () => {
    const both =
      "permessage-deflate; client_no_context_takeover, permessage-deflate; server_max_window_bits=9";
    expect(offers(both, { client: true, server: false })).toBe(
      "permessage-deflate; client_no_context_takeover, permessage-deflate; server_max_window_bits=9; client_no_context_takeover",
    );
    expect(offers(both, { client: false, server: true })).toBe(
      "permessage-deflate; client_no_context_takeover; server_no_context_takeover, permessage-deflate; server_max_window_bits=9; server_no_context_takeover",
    );
  });

  it("never throws, and what it lets through it lets through again", () => {
    const name = fc.constantFrom(
      "client_max_window_bits",
      "server_max_window_bits",
      "client_no_context_takeover",
      "server_no_context_takeover",
      "foo",
    );
    const value = fc.option(fc.constantFrom("8", "15", "16", "08", "x"));
    const params = fc.array(fc.record({ name, value }), { maxLength: 5 });
    const extension = fc.record({ name: fc.constantFrom("permessage-deflate", "other"), params });
    fc.assert(
      fc.property(fc.array(extension), fc.boolean(), fc.boolean(), (offered, client, server) => {
        const once = deflateOffers(offered, { client, server });
        expect(deflateOffers(once, { client, server })).toEqual(once);
        expect(acceptDeflate(offered, once, { client, server }).ok).toBeTypeOf("boolean");
      }),
    );
  });
});

const D = "permessage-deflate";

describe("acceptDeflate", () => {
  it.each([
    [D, "", "none"],
    ["", "", "none"],
    [D, D, "15, 15"],
    [D, `${D}; server_no_context_takeover`, "15, 15 fresh"],
    [D, `${D}; client_no_context_takeover`, "15 fresh, 15"],
    [D, `${D}; server_max_window_bits=8`, "15, 8"],
    [`${D}; client_max_window_bits`, `${D}; client_max_window_bits=15`, "15, 15"],
    [`${D}; client_max_window_bits`, `${D}; client_max_window_bits=8`, "8, 15"],
    [`${D}; client_max_window_bits=10`, `${D}; client_max_window_bits=10`, "10, 15"],
    [`${D}; client_max_window_bits=10`, D, "15, 15"],
    [`${D}; server_max_window_bits=10`, `${D}; server_max_window_bits=9`, "15, 9"],
    [`${D}; server_no_context_takeover`, `${D}; server_no_context_takeover`, "15, 15 fresh"],
    [`${D}; client_no_context_takeover`, D, "15, 15"],
    [`${D}; server_max_window_bits=10, ${D}`, D, "15, 15"],
  ])("of the offer `%s` and the answer `%s` makes %s (RFC 7692 7.1)", (offer, answer, made) => {
    expect(outcome(offer, answer)).toBe(made);
    expect(accept(offer, answer)).toMatchObject(
      answer === "" ? { deflate: null } : { deflate: { extension: extensionsOf(answer)[0] } },
    );
  });

  it.each([
    ["", D, "it chose an extension, and none was offered"],
    [D, `${D}, ${D}`, "it chose 2 extensions"],
    [
      D,
      "x-webkit-deflate-frame",
      'it chose the extension "x-webkit-deflate-frame", which it was not offered',
    ],
    [D, `${D}; foo`, "its parameters of permessage-deflate are none that an answer may have"],
    [
      D,
      `${D}; server_max_window_bits=16`,
      "its parameters of permessage-deflate are none that an answer may have",
    ],
    [
      `${D}; client_max_window_bits`,
      `${D}; client_max_window_bits`,
      "its parameters of permessage-deflate are none that an answer may have",
    ],
    [
      D,
      `${D}; server_no_context_takeover; server_no_context_takeover`,
      "its parameters of permessage-deflate are none that an answer may have",
    ],
    [D, `${D}; client_max_window_bits=15`, "its parameters of permessage-deflate fit none of the offers"],
    [
      `${D}; client_max_window_bits=10`,
      `${D}; client_max_window_bits=11`,
      "its parameters of permessage-deflate fit none of the offers",
    ],
    [`${D}; server_max_window_bits=10`, D, "its parameters of permessage-deflate fit none of the offers"],
    [
      `${D}; server_max_window_bits=10`,
      `${D}; server_max_window_bits=11`,
      "its parameters of permessage-deflate fit none of the offers",
    ],
    [`${D}; server_no_context_takeover`, D, "its parameters of permessage-deflate fit none of the offers"],
  ])("of the offer `%s` and the answer `%s` says: %s (RFC 7692 7.1)", (offer, answer, detail) => {
    expect(outcome(offer, answer)).toBe(detail);
  });

  it("refuses a server that keeps the context which it was to give up (RFC 7692 7.1.1.1)", () => {
    const pins = { client: false, server: true };
    expect(outcome(D, D, pins)).toContain("fit none of the offers");
    expect(outcome(D, `${D}; server_no_context_takeover`, pins)).toBe("15, 15 fresh");
  });

  it("tells a pinned client to begin afresh also where the server ignored the hint (RFC 7692 7.1.1.2)", () => {
    const pins = { client: true, server: false };
    expect(outcome(D, D, pins)).toBe("15 fresh, 15");
    expect(accept(D, D, pins)).toMatchObject({
      deflate: { extension: { name: D, params: [{ name: "client_no_context_takeover", value: null }] } },
    });
    const echoed = `${D}; client_no_context_takeover`;
    expect(accept(D, echoed, pins)).toMatchObject({ deflate: { extension: extensionsOf(echoed)[0] } });
  });

  it("refuses an answer to what was itself no offer that may be accepted", () => {
    const offered = extensionsOf(`${D}; foo`);
    expect(acceptDeflate(extensionsOf(D), offered, free)).toMatchObject({ ok: false });
  });
});

function taken(text: string, pins = free): string {
  const deflate = takeDeflate(deflateOffers(extensionsOf(text), pins), pins);
  if (deflate === null) return "none";
  const { client, server, extension } = deflate;
  return `${serializeExtensions([extension])}: ${client.windowBits} ${client.takeover}, ${server.takeover}`;
}

describe("takeDeflate", () => {
  it.each([
    ["", "none"],
    ["permessage-deflate", "permessage-deflate; server_no_context_takeover: 15 true, false"],
    [
      "permessage-deflate; server_max_window_bits=10; client_max_window_bits, permessage-deflate",
      "permessage-deflate; server_no_context_takeover; server_max_window_bits=10: 15 true, false",
    ],
    [
      "permessage-deflate; client_no_context_takeover",
      "permessage-deflate; server_no_context_takeover; client_no_context_takeover: 15 false, false",
    ],
  ])("agrees to %j as one who sends nothing compressed: %s (RFC 7692 7.1)", (offer, answer) => {
    expect(taken(offer)).toBe(answer);
  });

  it("has the client begin each message afresh where some may be dropped", () => {
    expect(taken("permessage-deflate", { client: true, server: false })).toContain("15 false");
  });
});
