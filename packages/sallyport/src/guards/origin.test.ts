import { describe, expect, it } from "vitest";
import {
  admit,
  anonymous,
  knownBy,
  makeGuard,
  makeHandshake,
  makeServices,
  outcome,
  problemsOf,
  type RequestParts,
  shake,
} from "../../test/handshake-fixture.ts";
import { facts as openFacts } from "../../test/recorded-session.ts";
import type { GuardServices, HandshakeVerdict, Identity, ListenerFacts, RequestFacts } from "./guard.ts";
import { origin } from "./origin.ts";

const APP = { allow: ["https://app.example.com"] };

interface Asked {
  readonly options?: unknown;
  readonly request?: RequestParts;
  readonly identity?: Identity | null;
  readonly services?: Partial<GuardServices>;
}

/** Both phases, one after the other, as the session asks them. */
async function verdictOf({
  options = APP,
  request = {},
  identity = anonymous,
  services = {},
}: Asked): Promise<HandshakeVerdict> {
  const guard = await makeGuard(origin, options, services);
  const handshake = makeHandshake(request);
  const first = await shake(guard, handshake);
  handshake.identity = identity;
  return first.verdict === "pass" ? await admit(guard, handshake) : first;
}

async function ask(asked: Asked): Promise<string> {
  return outcome(await verdictOf(asked));
}

const from = (value: string): RequestParts => ({ headers: ["Origin", value] });

function http(method: string, ...headers: string[]): RequestParts {
  return { kind: "http", method, headers };
}

function listener(parts: Partial<ListenerFacts>): ListenerFacts {
  return { loopback: false, secure: true, port: 443, names: [], ...parts };
}

describe("origin with a list (A-origin)", () => {
  it("admits the page that is listed (control)", async () => {
    expect(await ask({ request: from("https://app.example.com") })).toBe("pass");
  });

  it.each([
    "null",
    "https://evil.example",
    "http://app.example.com",
    "https://app.example.com:8443",
    "https://app.example.com.evil.example",
    "https://evil-app.example.com",
    "https://notexample.com",
    "https://sub.app.example.com",
    "https://appxexample.com",
    "http://203.0.113.7",
    "http://[2001:db8::1]",
    "http://localhost:1",
    "http://127.0.0.1",
    "file://",
    "chrome-extension://x",
    "vscode-webview://x",
    "wss://app.example.com",
  ])("refuses %s as foreign (ASVS 5.0 4.4.2)", async (value) => {
    expect(await ask({ request: from(value) })).toBe("origin.foreign");
  });

  it.each([
    "",
    "https://app.example.com@evil.example",
    "https://evil.example/app.example.com",
    "https://evil.example#app.example.com",
    "https://app.example.com/",
    "HTTPS://APP.EXAMPLE.COM",
    "https://app.example.com.",
    "https://app.example.com`.evil.example",
    "https://app.example.com https://evil.example",
    "https://*.example.com",
    "*",
  ])("refuses %j as malformed (RFC 6454 7)", async (value) => {
    expect(
      await ask({
        request: from(value),
        options: { allow: ["https://app.example.com", "https://*.example.com"] },
      }),
    ).toBe("origin.malformed");
  });

  it("refuses two Origin headers, even of the same page", async () => {
    const headers = ["Origin", "https://app.example.com", "origin", "https://app.example.com"];
    expect(await ask({ request: { headers } })).toBe("origin.malformed");
  });

  it("takes a leading *. for exactly one label, at the same scheme and port", async () => {
    const options = { allow: ["https://*.example.com:8443", "https://app.example.com"] };
    const results: [string, string][] = [];
    for (const host of ["a.example.com:8443", "example.com:8443", "a.b.example.com:8443", "a.example.com"]) {
      results.push([host, await ask({ options, request: from(`https://${host}`) })]);
    }
    expect(results).toEqual([
      ["a.example.com:8443", "pass"],
      ["example.com:8443", "origin.foreign"],
      ["a.b.example.com:8443", "origin.foreign"],
      ["a.example.com", "origin.foreign"],
    ]);
  });

  it("does not mix scheme, host and port of different entries", async () => {
    const options = {
      allow: ["https://app.example.com:8443", "http://dev.example.com", "chrome-extension://abc"],
    };
    expect(await ask({ options, request: from("http://app.example.com") })).toBe("origin.foreign");
    expect(await ask({ options, request: from("chrome-extension://abc") })).toBe("pass");
  });

  it("tells the operator what was found and the line to add", async () => {
    expect(await verdictOf({ request: from("https://evil.example") })).toEqual({
      verdict: "refuse",
      code: "origin.foreign",
      detail:
        'Origin "https://evil.example" is not allowed (origin.allow: https://app.example.com). ' +
        'If the page is yours, add to `origin.allow`: - "https://evil.example"',
    });
  });

  it("shows a hostile value in one short line", async () => {
    const verdict = await verdictOf({ request: from(`https://evil.example/\r\n${"x".repeat(1000)}`) });
    expect(verdict).toMatchObject({ detail: expect.stringMatching(/^[ -~…]{0,300}$/) });
    expect(verdict).toMatchObject({ detail: expect.stringContaining(String.raw`\u000d\u000a`) });
  });
});

describe("origin without a list", () => {
  const served = { routeHosts: ["app.example.com"] };

  it("admits pages of the names that are configured, at the listener's port", async () => {
    const request = { ...from("https://app.example.com:8443"), listener: listener({ port: 8443 }) };
    expect(await ask({ options: {}, services: served, request })).toBe("pass");
    const usual = { ...request, ...from("https://app.example.com") };
    expect(await ask({ options: {}, services: served, request: usual })).toBe("origin.foreign");
  });

  it("admits pages of the names of the certificate, wildcard labels included", async () => {
    const facts = listener({ names: ["App.example.com", "*.example.org"] });
    const request = { ...from("https://app.example.com"), listener: facts };
    expect(await ask({ options: {}, request })).toBe("pass");
    expect(await ask({ options: {}, request: { ...request, ...from("https://a.example.org") } })).toBe(
      "pass",
    );
    expect(await ask({ options: {}, request: { ...request, ...from("https://a.b.example.org") } })).toBe(
      "origin.foreign",
    );
  });

  it("admits local pages on a loopback listener, over http", async () => {
    const local = { secure: false, host: "127.0.0.1" };
    const facts = listener({
      loopback: true,
      secure: false,
      port: 8080,
      names: ["localhost", "127.0.0.1", "[::1]"],
    });
    for (const host of ["localhost", "127.0.0.1", "[::1]"]) {
      expect(
        await ask({ options: {}, request: { ...local, ...from(`http://${host}:8080`), listener: facts } }),
      ).toBe("pass");
    }
    const others = [
      "http://localhost:3000",
      "https://localhost:8080",
      "http://localhost",
      "chrome-extension://localhost",
    ];
    for (const value of others) {
      expect(await ask({ options: {}, request: { ...local, ...from(value), listener: facts } })).toBe(
        "origin.foreign",
      );
    }
  });

  it("expects https where a trusted proxy did TLS, at the usual port", async () => {
    const facts = listener({ secure: false, port: 80 });
    const request = { ...from("https://app.example.com"), secure: true, listener: facts };
    expect(await ask({ options: {}, services: served, request })).toBe("pass");
    const plain = { ...request, ...from("http://app.example.com") };
    expect(await ask({ options: {}, services: served, request: plain })).toBe("origin.foreign");
    expect(await ask({ options: {}, services: served, request: { ...plain, secure: false } })).toBe("pass");
  });

  it("never believes the Host header (DNS rebinding: Host and Origin agree on evil.example)", async () => {
    const rebound = { ...from("https://evil.example"), host: "evil.example" };
    expect(await ask({ options: {}, services: served, request: rebound })).toBe("origin.host");
    expect(await ask({ options: {}, request: rebound })).toBe("origin.foreign");
  });

  it("names what is configured, or that nothing is", async () => {
    const request = from("https://evil.example");
    const named = await verdictOf({ options: {}, services: served, request });
    expect(named).toMatchObject({
      detail: expect.stringContaining("(configured names: https://app.example.com)"),
    });
    const unnamed = await verdictOf({ options: {}, request });
    expect(unnamed).toMatchObject({ detail: expect.stringContaining("(no names are configured)") });
    const facts = listener({ port: 8443 });
    const withPort = await verdictOf({
      options: {},
      services: served,
      request: { ...request, listener: facts },
    });
    expect(withPort).toMatchObject({ detail: expect.stringContaining("https://app.example.com:8443") });
  });
});

describe("origin and the Host", () => {
  it.each(["app.example.com", "ws.example.net", "a.example.org"])(
    "serves %s, which is configured",
    async (host) => {
      const request = { host, listener: listener({ names: ["*.example.org"] }) };
      expect(await ask({ request, services: { routeHosts: ["WS.example.net"] } })).toBe("pass");
    },
  );

  it("refuses a Host that is not served, before looking at the Origin (421, RFC 9110 7.4)", async () => {
    const services = { routeHosts: ["ws.example.com"] };
    expect(await verdictOf({ services, request: { ...from("null"), host: "evil.example" } })).toEqual({
      verdict: "refuse",
      code: "origin.host",
      detail: 'Host "evil.example" is none of: ws.example.com, app.example.com',
    });
    expect(await ask({ services, request: { kind: "http", host: "evil.example" } })).toBe("origin.host");
  });

  it("leaves the decision to the Origin where no name of our own is configured", async () => {
    const request = { ...from("https://app.example.com"), host: "ws.behind-a-proxy.example" };
    expect(await ask({ request })).toBe("pass");
    expect(await ask({ request: { ...request, ...from("https://evil.example") } })).toBe("origin.foreign");
  });

  it("does not take the id of a browser extension for a name that is served", async () => {
    const options = { allow: ["chrome-extension://abc"] };
    const services = { routeHosts: ["ws.example.com"] };
    expect(await ask({ options, services, request: { host: "abc" } })).toBe("origin.host");
  });
});

describe("origin when there is none", () => {
  const cookie = { headers: ["Cookie", "session=1"] };

  it.each(["authorization", "subprotocol", "query"] as const)(
    "admits a caller known by %s: no browser",
    async (credential) => {
      expect(await ask({ request: cookie, identity: knownBy(credential) })).toBe("pass");
    },
  );

  it("refuses a caller known by a cookie", async () => {
    expect(await ask({ request: cookie, identity: knownBy("cookie") })).toBe("origin.missing");
  });

  it("refuses an anonymous caller whose cookie would be forwarded, and admits one without", async () => {
    expect(await ask({ request: cookie })).toBe("origin.missing");
    expect(await ask({ request: cookie, identity: null })).toBe("origin.missing");
    expect(await ask({})).toBe("pass");
  });

  it("admits it where `unsafeAllowMissing` says so, and still no foreign page", async () => {
    const options = { ...APP, unsafeAllowMissing: true };
    expect(await ask({ options, request: cookie })).toBe("pass");
    expect(
      await ask({ options, request: { headers: ["Cookie", "a=1", "Origin", "https://evil.example"] } }),
    ).toBe("origin.foreign");
  });

  it("never shows the cookie", async () => {
    expect(JSON.stringify(await verdictOf({ request: { headers: ["Cookie", "s=secret"] } }))).not.toContain(
      "secret",
    );
  });
});

describe("origin and plain HTTP", () => {
  it.each(["GET", "HEAD", "OPTIONS"])("lets a %s without Origin pass, cookie or not", async (method) => {
    expect(await ask({ request: http(method, "Cookie", "a=1") })).toBe("pass");
  });

  it("holds a present Origin to the list", async () => {
    expect(await ask({ request: http("GET", "Origin", "https://evil.example") })).toBe("origin.foreign");
    expect(await ask({ request: http("POST", "Origin", "null", "Cookie", "a=1") })).toBe("origin.foreign");
    expect(await ask({ request: http("POST", "Origin", "https://app.example.com", "Cookie", "a=1") })).toBe(
      "pass",
    );
  });

  it.each(["POST", "PUT", "DELETE", "get"])(
    "refuses a %s with a cookie and without Origin",
    async (method) => {
      expect(await ask({ request: http(method, "Cookie", "a=1"), identity: knownBy("authorization") })).toBe(
        "origin.missing",
      );
    },
  );

  it("lets a POST without cookie and without Origin pass", async () => {
    expect(await ask({ request: http("POST") })).toBe("pass");
    expect(
      await ask({ request: http("POST", "Cookie", "a=1"), options: { ...APP, unsafeAllowMissing: true } }),
    ).toBe("pass");
  });

  it("refuses what a browser says another site asked for, unless the visitor follows a link (Fetch Metadata)", async () => {
    const site = ["Sec-Fetch-Site", "cross-site"];
    expect(await ask({ request: http("GET", ...site, "Sec-Fetch-Mode", "no-cors") })).toBe("origin.foreign");
    expect(await ask({ request: http("GET", ...site) })).toBe("origin.foreign");
    expect(await ask({ request: http("GET", ...site, "Sec-Fetch-Mode", "navigate") })).toBe("pass");
    expect(
      await ask({ request: http("GET", ...site, "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Mode", "cors") }),
    ).toBe("origin.foreign");
    expect(await ask({ request: http("GET", "Sec-Fetch-Site", "same-origin") })).toBe("pass");
  });
});

describe("origin options", () => {
  it("have the documented defaults", () => {
    expect(origin.options.parse(undefined)).toEqual({ mode: "enforce", unsafeAllowMissing: false });
  });

  it.each([
    [{ allow: [] }, "leave `allow` out"],
    [{ allow: "https://app.example.com" }, "expected a list of origins"],
    [{ allow: [443] }, "expected an origin"],
    [{ allow: ["*"] }, '"*" would let every page'],
    [{ allow: ["https://app.example.com/"] }, "write https://app.example.com"],
    [{ unsafeAllowMissing: "yes" }, "expected true or false"],
    [{ allowed: ["https://app.example.com"] }, "allowed"],
  ])("refuse %j", (options, why) => {
    expect(problemsOf(origin, options)).toEqual([expect.stringContaining(why)]);
  });

  it("refuse to become a guard when they were not checked", async () => {
    const options = { mode: "enforce", allow: ["*"], unsafeAllowMissing: false } as const;
    await expect(async () => await origin.create(options, makeServices())).rejects.toThrow(
      'origin.allow: "*"',
    );
  });
});

async function askOpen(request: Partial<RequestFacts>, identity: Identity = anonymous): Promise<string> {
  const guard = await makeGuard(origin, APP, { routeHosts: ["app.example.com"] });
  const connection = { ...openFacts, identity, request: { ...openFacts.request, ...request } };
  return outcome(guard.readmit?.(connection) ?? { verdict: "pass" });
}

describe("origin of an open connection", () => {
  const host = "app.example.com";

  it.each([
    [{ host, origin: "https://app.example.com" }, "pass"],
    [{ host, origin: "https://evil.example" }, "origin.foreign"],
    [{ host: "evil.example", origin: "https://app.example.com" }, "origin.host"],
    [{ host, origin: null }, "pass"],
  ])("judges %j as the handshake does: %s", async (request, expected) => {
    expect(await askOpen(request)).toBe(expected);
  });

  it("refuses one whose caller a cookie identified, without an Origin", async () => {
    expect(await askOpen({ host, origin: null }, knownBy("cookie"))).toBe("origin.missing");
  });
});
