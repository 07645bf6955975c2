import { describe, expect, it } from "vitest";
import { makeHandshake, type RequestParts } from "../../test/handshake-fixture.ts";
import type { Handshake } from "../guards/guard.ts";
import { HeaderList } from "../protocol/header-list.ts";
import { answerHeaders, applicationHeaders, applicationTarget } from "./application-headers.ts";

function fieldsOf(request: RequestParts, parts: Partial<Omit<Handshake, "request">> = {}): HeaderList {
  return new HeaderList(
    applicationHeaders(makeHandshake(request, parts), { session: "s1", identity: "jwt" }),
  );
}

describe("applicationHeaders", () => {
  it("strips every claim that only the gate may make, in any spelling that CGI would fold into it", () => {
    const claims = [
      "forwarded",
      "x-real-ip",
      "X-Forwarded-For",
      "x-forwarded-user",
      "x_forwarded_for",
      "x.forwarded.for",
      "SALLYPORT_IDENTITY",
      "sallyport-session",
      "Sallyport-Whatever",
      "x_real-ip",
    ];
    const fields = fieldsOf({ headers: claims.flatMap((name) => [name, "forged"]), address: "192.0.2.9" });
    expect([...fields.entries()].filter(([, value]) => value === "forged")).toEqual([]);
    expect(fields.all("x-forwarded-for")).toEqual(["192.0.2.9"]);
    expect(fields.all("sallyport-identity")).toEqual(["jwt"]);
    expect(fields.all("sallyport-session")).toEqual(["s1"]);
  });

  it("strips hop-by-hop fields (RFC 9110 7.6.1) and keeps the client's own, in order, empty ones too", () => {
    const headers = [
      "X-B",
      "2",
      "Connection",
      "keep-alive",
      "Keep-Alive",
      "5",
      "TE",
      "trailers",
      "Upgrade",
      "websocket",
      "X-Empty",
      "",
      "X-A",
      "1",
      "X-B",
      "3",
    ];
    const own = [...fieldsOf({ headers }).entries()].slice(0, 4);
    expect(own).toEqual([
      ["x-b", "2"],
      ["x-empty", ""],
      ["x-a", "1"],
      ["x-b", "3"],
    ]);
  });

  it("quotes an IPv6 client and names the scheme that it used (RFC 7239 4, 6)", () => {
    const request = { address: "2001:db8::1", secure: false, headers: ["Host", "app.example.com:8080"] };
    expect(fieldsOf(request).get("forwarded")).toBe(
      'for="[2001:db8::1]";host="app.example.com:8080";proto=http',
    );
    expect(fieldsOf(request).get("x-forwarded-proto")).toBe("http");
  });

  it("takes named cookies out and keeps the others byte for byte (RFC 6265 4.2.1)", () => {
    const cookies = (header: string): readonly string[] =>
      fieldsOf({ headers: ["Cookie", header] }, { strippedCookies: new Set(["sid"]) }).all("cookie");
    expect(cookies('a="x; y=1; sid=secret; b=%20')).toEqual(['a="x; y=1; b=%20']);
    expect(cookies("sid=secret; Sid=kept; sidx=1")).toEqual(["Sid=kept; sidx=1"]);
    expect(cookies("sid=one; sid=two")).toEqual([]);
    const untouched = fieldsOf({ headers: ["Cookie", " a=1;;b "] });
    expect(untouched.all("cookie")).toEqual([" a=1;;b "]);
  });

  it("takes named fields out, and leaves the session out on plain HTTP", () => {
    const handshake = makeHandshake(
      { headers: ["Authorization", "Bearer x"] },
      { strippedHeaders: new Set(["authorization"]) },
    );
    const fields = new HeaderList(applicationHeaders(handshake, { session: null, identity: "jwt" }));
    expect([fields.has("authorization"), fields.has("sallyport-session")]).toEqual([false, false]);
  });
});

function target(query: string): string {
  const handshake = makeHandshake({ path: "/room", query }, { strippedQuery: new Set(["token"]) });
  return applicationTarget(handshake, "/inner");
}

describe("applicationTarget", () => {
  it("takes named parameters out, escaped ones too, and keeps the others byte for byte", () => {
    expect(target("a=%20+&token=x&&b&%74oken=y&a=2")).toBe("/inner/room?a=%20+&&b&a=2");
    expect(target("token=x")).toBe("/inner/room");
    expect(target("")).toBe("/inner/room");
    expect(target("tokens=1&Token=2")).toBe("/inner/room?tokens=1&Token=2");
  });
});

describe("answerHeaders", () => {
  it("keeps cookies and fields of the application, and none that the handshake or this hop writes", () => {
    const raw = [
      "Set-Cookie",
      "a=1",
      "Connection",
      "Upgrade",
      "Sec-WebSocket-Accept",
      "x",
      "set-cookie",
      "b=2",
      "Content-Length",
      "5",
      "Date",
      "now",
    ];
    expect(answerHeaders(new HeaderList(raw))).toEqual([
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
      ["date", "now"],
    ]);
  });
});
