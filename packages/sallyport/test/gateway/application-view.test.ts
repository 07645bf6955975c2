import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from "jose";
import { describe, expect, it } from "vitest";
import { startGateway, startRawServer, type GatewaySetup } from "./harness.ts";
import { acceptRaw, connectRaw, openRaw, upgradeRequest, type RequestParts } from "./raw-client.ts";

/** The request as the application got it, and the answer as the client got it. */
async function through(setup: GatewaySetup, parts: RequestParts, lines: readonly string[] = []) {
  const got = Promise.withResolvers<string>();
  const upstream = await startRawServer(
    (socket) => void acceptRaw(socket, lines).then(({ request }) => got.resolve(request)),
  );
  const gate = await startGateway({ upstream: upstream.url, ...setup });
  await openRaw(gate.port, parts);
  const request = await got.promise;
  const all = (name: string): string[] =>
    request
      .split("\r\n")
      .flatMap((line) => (line.toLowerCase().startsWith(`${name}: `) ? [line.slice(name.length + 2)] : []));
  return { request, all, gate };
}

const spoofed = [
  "Forwarded: for=1.2.3.4",
  "X-Forwarded-For: 1.2.3.4",
  "X-Forwarded-Host: evil.example",
  "X-Forwarded-Proto: https",
  "X-Forwarded-User: admin",
  "X_Forwarded_For: 1.2.3.4",
  "X-Real-IP: 1.2.3.4",
  "Sallyport-Identity: forged",
  "Sallyport_Identity: forged",
  "sallyport-session: forged",
];

describe("the application's view", () => {
  it("has forwarding fields of the gate alone, whatever the client sent (ASVS 4.1.3)", async () => {
    const { request, all } = await through({}, { lines: spoofed });
    expect(all("forwarded")).toEqual(['for=127.0.0.1;host="127.0.0.1";proto=http']);
    expect(all("x-forwarded-for")).toEqual(["127.0.0.1"]);
    expect(all("x-forwarded-host")).toEqual(["127.0.0.1"]);
    expect(all("x-forwarded-proto")).toEqual(["http"]);
    expect(all("sallyport-session")).toHaveLength(1);
    expect(request).not.toMatch(/1\.2\.3\.4|evil\.example|forged|admin/);
  });

  it("believes a trusted proxy about the client, and nobody else", async () => {
    const lines = ["X-Forwarded-For: 203.0.113.9, 198.51.100.7", "X-Forwarded-Proto: https"];
    const { all, gate } = await through({ listen: { trustedProxies: ["127.0.0.1/32"] } }, { lines });
    expect(all("x-forwarded-for")).toEqual(["198.51.100.7"]);
    expect(all("x-forwarded-proto")).toEqual(["https"]);
    expect(await gate.seen("open")).toMatchObject({ address: "198.51.100.7" });
    const distrusting = await through({ listen: { trustedProxies: ["192.0.2.0/24"] } }, { lines });
    expect(distrusting.all("x-forwarded-for")).toEqual(["127.0.0.1"]);
  });

  it("quotes an IPv6 client as RFC 7239 6 wants it", async () => {
    const lines = ['Forwarded: for="[2001:db8::7]:4711";proto=https'];
    const listen = { trustedProxies: ["127.0.0.1"], forwardedHeader: "forwarded" };
    const { all } = await through({ listen }, { lines });
    expect(all("forwarded")).toEqual(['for="[2001:db8::7]";host="127.0.0.1";proto=https']);
    expect(all("x-forwarded-for")).toEqual(["2001:db8::7"]);
  });

  it("keeps what is the client's own: fields in order, cookies, the key; and no hop-by-hop field", async () => {
    const lines = [
      "X-One: 1",
      'Cookie: a=1; b="2 3"',
      "X-Two:",
      "TE: trailers",
      "Sec-WebSocket-Extensions: permessage-deflate",
      "Origin: http://127.0.0.1:4",
    ];
    const { request, all } = await through(
      { route: { origin: { allow: ["http://127.0.0.1:4"] } } },
      { lines, fields: { Connection: "keep-alive, Upgrade" } },
    );
    expect(all("cookie")).toEqual(['a=1; b="2 3"']);
    expect(all("connection")).toEqual(["Upgrade"]);
    expect(all("sec-websocket-key")).toEqual(["dGhlIHNhbXBsZSBub25jZQ=="]);
    expect(request.toLowerCase()).toMatch(/x-one: 1\r\n.*x-two: ?\r\n/s);
    expect(request.toLowerCase()).not.toMatch(/\r\n(te|sec-websocket-extensions|keep-alive):/);
  });

  it("says who the caller is in a statement that its key set verifies (RFC 7519)", async () => {
    const { all, gate } = await through({}, {});
    const response = await fetch(`${gate.url}/.sallyport/jwks.json`);
    const keys = createLocalJWKSet((await response.json()) as JSONWebKeySet);
    const [statement = ""] = all("sallyport-identity");
    const { payload, protectedHeader } = await jwtVerify(statement, keys, {
      issuer: "sallyport",
      typ: "sallyport-identity+jwt",
      algorithms: ["ES256"],
    });
    expect(payload).toMatchObject({ provider: "anonymous", claims: {} });
    expect(all("sallyport-session")[0]).toMatch(/^[\w-]{12}$/);
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(60);
    expect(protectedHeader.kid).toBeTypeOf("string");
    const last = statement.at(-2) === "A" ? "B" : "A";
    await expect(jwtVerify(`${statement.slice(0, -2)}${last}${statement.slice(-1)}`, keys)).rejects.toThrow(
      "signature",
    );
  });
});

describe("the client's view", () => {
  it("has the application's cookies and fields, and none that end at the gate", async () => {
    const upstream = await startRawServer(
      (socket) =>
        void acceptRaw(socket, ["Set-Cookie: a=1", "Set-Cookie: b=2", "X-App: yes", "Keep-Alive: timeout=5"]),
    );
    const gate = await startGateway({ upstream: upstream.url });
    const { status, text } = await (await connectRaw(gate.port)).send(upgradeRequest()).head();
    expect(status).toBe(101);
    expect(text.toLowerCase()).toContain("set-cookie: a=1\r\nset-cookie: b=2\r\nx-app: yes\r\n");
    expect(text.toLowerCase()).not.toContain("keep-alive");
    expect(text.match(/sec-websocket-accept/gi)).toHaveLength(1);
  });
});
