import { generateKeyPairSync, sign } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { main } from "./main.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "sallyport-policy-tests-"));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function call(...argv: readonly string[]): Promise<Outcome> {
  let [out, err] = ["", ""];
  const code = await main(["test", ...argv], {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    colour: false,
    directory,
  });
  return { code, out, err };
}

async function write(name: string, value: unknown): Promise<string> {
  const file = join(directory, name);
  await writeFile(file, typeof value === "string" ? value : JSON.stringify(value));
  return file;
}

const JWKS = "https://id.example.com/jwks.json";
const PAGE = "https://app.example.com";

const jwt = { issuer: "https://id.example.com", audience: "chat", jwks: JWKS };
const chat = {
  path: "/chat",
  upstream: "ws://127.0.0.1:3000",
  origin: { allow: [PAGE] },
  identity: { jwt },
  permission: {
    otherwise: "deny",
    rules: [
      { name: "members", allow: '"chat" in identity.claims.groups' },
      { name: "own rooms", when: 'message.type == "join"', allow: "message.room in identity.claims.rooms" },
      { name: "no secrets", direction: "outbound", when: "has(message.room)", allow: "!has(message.secret)" },
    ],
  },
};
const ann = { user: "ann", claims: { groups: ["chat"], rooms: ["attic"] } };
const joins = (room: string): object => ({ type: "join", room });

/** What came of one case on the chat's route, or on another. */
async function play(one: object, route: object = chat, more: object = {}): Promise<unknown> {
  const file = await write("a.test.json", {
    policy: { routes: [route] },
    handshake: { url: "wss://app.example.com/chat", origin: PAGE, identity: ann },
    ...more,
    cases: [{ name: "a case", ...one }],
  });
  const { code, out, err } = await call(file, "--json");
  const { files } = JSON.parse(out);
  if (code === 2) return `${err}${JSON.stringify(files[0].problems)}`;
  const { passed, mismatch } = files[0].cases[0];
  expect(code).toBe(passed === true ? 0 : 1);
  return passed === true ? "passed" : mismatch;
}

describe("a handshake of a policy test", () => {
  it.each([
    ["an admitted caller", {}],
    [
      "a foreign page",
      { handshake: { origin: "https://evil.example" }, expect: { refused: "origin.foreign" } },
    ],
    ["its status", { handshake: { origin: "https://evil.example" }, expect: { refused: 403 } }],
    ["its detail", { handshake: { origin: "null" }, expect: { refused: 403, detail: "sandboxed" } }],
    ["nobody", { handshake: { identity: "none" }, expect: { refused: 401, code: "identity.missing" } }],
    [
      "who has no right",
      {
        handshake: { identity: { user: "ben", claims: { groups: [] } } },
        expect: { refused: "permission.connect", detail: "members" },
      },
    ],
    ["a banned address", { banned: ["192.0.2.0/24"], expect: { refused: "firewall.banned" } }],
    ["a revoked user", { revoked: [{ user: "ann" }], expect: { refused: "revocation.refused" } }],
    ["a path without a route", { handshake: { url: "wss://app.example.com/x" }, expect: { refused: 404 } }],
    [
      "a path that is not normalised",
      { handshake: { url: "wss://app.example.com/chat/../x" }, expect: { refused: "handshake.target" } },
    ],
    [
      "a version of old",
      { handshake: { headers: { "Sec-WebSocket-Version": "8" } }, expect: { refused: 426 } },
    ],
    [
      "two origins",
      { handshake: { headers: { Origin: [PAGE, PAGE] } }, expect: { refused: "handshake.duplicate-header" } },
    ],
    [
      "a cookie as the proof, and no page",
      {
        handshake: { origin: "none", cookies: { id: "1" }, identity: { ...ann, credential: "cookie" } },
        expect: { refused: "origin.missing" },
      },
    ],
  ])("is refused or admitted as a gate would: %s", async (_, one) => {
    expect(await play(one)).toBe("passed");
  });

  it("fails the case where it is not as expected, with the code, the detail and the place", async () => {
    expect(await play({ handshake: { origin: "https://evil.example" } })).toMatchObject({
      step: null,
      line: 1,
      expected: { verdict: "admitted" },
      found: {
        verdict: "refused",
        number: 403,
        denial: { code: "origin.foreign", detail: expect.stringContaining("evil.example") },
      },
    });
  });

  it.each([
    ["another status", { refused: 401 }],
    ["another code", { refused: "origin.missing" }],
    ["another code beside the status", { refused: 403, code: "permission.connect" }],
    ["another detail", { refused: 403, detail: "members" }],
    ["an observation", { observed: "origin.foreign" }],
  ])("fails the case that expects %s", async (_, expected) => {
    const mismatch = await play({ handshake: { origin: "https://evil.example" }, expect: expected });
    expect(mismatch).toMatchObject({ found: { denial: { code: "origin.foreign" } } });
  });

  it("tells what a guard in observe mode only records", async () => {
    const route = { ...chat, origin: { ...chat.origin, mode: "observe" } };
    const handshake = { origin: "https://evil.example" };
    expect(await play({ handshake, expect: { observed: "origin.foreign" } }, route)).toBe("passed");
    expect(await play({ handshake }, route)).toBe("passed");
    expect(await play({ expect: { observed: "origin.foreign" } }, route)).toMatchObject({
      found: { observed: [] },
    });
  });

  it("believes a forwarding header of a trusted proxy alone", async () => {
    const listen = [{ address: "127.0.0.1:8443", trustedProxies: ["10.0.0.1"] }];
    const policy = { listen, routes: [{ ...chat, firewall: { deny: ["198.51.100.0/24"] } }] };
    const headers = { "X-Forwarded-For": "198.51.100.7" };
    const refused = { handshake: { headers, address: "10.0.0.1" }, expect: { refused: "firewall.denied" } };
    expect(await play(refused, chat, { policy })).toBe("passed");
    expect(await play({ handshake: { headers, address: "10.0.0.2" } }, chat, { policy })).toBe("passed");
  });

  it("redeems a ticket where that is the credential", async () => {
    const route = { ...chat, ticket: "require" };
    expect(await play({ expect: { refused: "ticket.required" } }, route)).toBe("passed");
    const handshake = { identity: { ...ann, credential: "ticket" } };
    expect(await play({ handshake }, route)).toBe("passed");
    expect(await play({ handshake }, { ...chat, ticket: "off" })).toMatchObject({
      found: null,
      problem: expect.stringContaining("takes no tickets"),
    });
  });

  it("is not played where the route knows nobody and the case says who it is", async () => {
    const route = { path: "/chat", upstream: chat.upstream, origin: chat.origin, identity: "anonymous" };
    expect(await play({}, route)).toMatchObject({
      problem: expect.stringContaining("nobody is known there"),
    });
    expect(await play({ handshake: { identity: "none" } }, route)).toBe("passed");
  });
});

/** A part of a token (RFC 7515 3.1). */
function segment(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

describe("a token in a policy test", () => {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const keys = { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "k", alg: "ES256", use: "sig" }] };

  /** A token that was good for ten minutes from the first second of 2026 on. */
  function token(): string {
    const iat = Date.parse("2026-01-01T00:00:00Z") / 1000;
    const registered = { iss: jwt.issuer, aud: "chat", sub: "ann", iat, exp: iat + 600 };
    const input = `${segment({ alg: "ES256", kid: "k" })}.${segment({ ...registered, ...ann.claims })}`;
    const signature = sign("sha256", Buffer.from(input), { key: privateKey, dsaEncoding: "ieee-p1363" });
    return `${input}.${signature.toString("base64url")}`;
  }

  it("is verified with the keys that a file answers, at the time of the case", async () => {
    await write("jwks.json", keys);
    const answers = { [JWKS]: "jwks.json" };
    const steps = [{ client: joins("attic") }, { wait: "599s" }, { wait: "1s", expect: { close: 4401 } }];
    expect(await play({ handshake: { token: token() }, steps }, chat, { answers })).toBe("passed");
    const late = { now: "2026-01-01T01:00:00Z", handshake: { token: token() } };
    expect(await play({ ...late, expect: { refused: "identity.invalid" } }, chat, { answers })).toBe(
      "passed",
    );
  });

  it("cannot be verified without them: nothing is fetched", async () => {
    const mismatch = await play({ handshake: { token: token() } });
    expect(mismatch).toMatchObject({
      found: { denial: { code: "identity.unavailable", detail: expect.stringContaining("`answers`") } },
    });
  });
});

describe("the steps of a policy test", () => {
  it.each([
    ["a message that passes", [{ client: joins("attic") }, { server: { room: "attic" } }]],
    [
      "a rule by its name",
      [{ client: joins("cellar"), expect: { close: 4503, code: "permission.message", detail: "own rooms" } }],
    ],
    [
      "what the application may not send",
      [{ server: { room: "attic", secret: 1 }, expect: { close: "permission.message" } }],
    ],
    ["a text as it is", [{ client: '{"type":"join","room":"attic"}' }]],
    ["a JSON string", [{ client: "text", as: "json", expect: { close: "permission.undecided" } }]],
    ["a binary message", [{ client: "AAEC", as: "binary", expect: { close: "permission.unreadable" } }]],
    [
      "a size",
      [
        { client: joins("attic"), size: "1MiB" },
        { client: joins("attic"), size: "1100KiB", expect: { close: 1009 } },
      ],
    ],
    [
      "a burst that is held back",
      [
        { client: joins("attic"), repeat: 400 },
        { client: joins("attic"), repeat: 400, expect: "held" },
      ],
    ],
    ["a flood", [{ client: joins("attic"), repeat: 9000, expect: { close: 4429 } }]],
    ["a revocation", [{ revoke: { user: "ben" } }, { revoke: { user: "ann" }, expect: { close: 4540 } }]],
    ["a client that answers pings", [{ wait: "1h" }]],
    ["the end of its life", [{ wait: "24h", expect: { close: "heartbeat.life" } }]],
  ])("show %s", async (_, steps) => {
    expect(await play({ steps })).toBe("passed");
  });

  it("follow the end of the proof to the second", async () => {
    const handshake = { identity: { ...ann, expires: "10m" } };
    const steps = [{ wait: "599s" }, { wait: "1s", expect: { close: 4401, code: "expiry.token" } }];
    expect(await play({ handshake, steps })).toBe("passed");
    expect(await play({ handshake, steps: [{ wait: "1h" }] })).toMatchObject({
      step: 1,
      found: { verdict: "close", number: 4401, afterMs: 600_000 },
    });
  });

  it("notice a client that answers no pings", async () => {
    expect(
      await play({ silent: true, steps: [{ wait: "10m", expect: { close: "heartbeat.missed" } }] }),
    ).toBe("passed");
  });

  it("renew a proof, which may narrow what it allows", async () => {
    const handshake = { identity: { ...ann, expires: "10m", credential: "ticket" } };
    const steps = [
      { client: joins("attic") },
      { refresh: { claims: { groups: ["chat"], rooms: [] }, expires: "20m" } },
      { wait: "15m" },
      { client: joins("attic"), expect: { close: 4503 } },
    ];
    expect(await play({ handshake, steps })).toBe("passed");
    const out = [{ refresh: { claims: { groups: [] } }, expect: { close: "permission.connect" } }];
    expect(await play({ handshake, steps: out })).toBe("passed");
    expect(await play({ steps: out })).toMatchObject({
      problem: expect.stringContaining("without a ticket"),
    });
  });

  it("tell what a guard in observe mode records of a message", async () => {
    const route = { ...chat, permission: { ...chat.permission, mode: "observe" } };
    const observe = { observe: "permission.message", detail: "own rooms" };
    expect(
      await play(
        { steps: [{ client: joins("cellar"), expect: observe }, { client: joins("cellar") }] },
        route,
      ),
    ).toBe("passed");
    expect(await play({ steps: [{ client: joins("attic"), expect: observe }] }, route)).toMatchObject({
      found: { verdict: "pass", observed: [] },
    });
  });

  it("fail where a message of several is not as expected, and say which", async () => {
    expect(await play({ steps: [{ client: joins("attic"), repeat: 9000 }] })).toMatchObject({
      step: 1,
      found: { verdict: "close", nth: expect.any(Number), denial: { code: "messageRate.messages" } },
    });
  });

  it("cannot go on once the connection is over", async () => {
    const steps = [
      { client: joins("cellar"), expect: { close: 4503 } },
      { wait: "1s", expect: { close: 4503 } },
    ];
    expect(await play({ steps })).toMatchObject({
      step: 2,
      found: null,
      problem: expect.stringContaining("over"),
    });
  });

  it("begin anew in each case: no case knows of another", async () => {
    const steps = [{ client: joins("attic"), repeat: 400 }];
    const cases = ["one", "two"].map((name) => ({
      name,
      revoked: name === "one" ? [{ user: "ben" }] : [],
      steps,
    }));
    const handshake = { url: "wss://app.example.com/chat", origin: PAGE, identity: ann };
    const file = await write("b.test.json", { policy: { routes: [chat] }, handshake, cases });
    expect(await call(file)).toMatchObject({ code: 0, out: expect.stringContaining("2 passed") });
  });
});

describe("testPolicies", () => {
  const good = {
    policy: { routes: [chat] },
    handshake: { url: "wss://app.example.com/chat", origin: PAGE, identity: ann },
    cases: [{ name: "its own room is open", steps: [{ client: joins("attic") }] }],
  };

  it("prints a line for each case, what was expected and found, and how many passed", async () => {
    const yaml = `policy: ${JSON.stringify(good.policy)}
handshake: ${JSON.stringify(good.handshake)}
cases:
  - name: its own room is open
  - name: so is another
    steps:
      - client: { type: join, room: cellar }
`;
    const outcome = await call(await write("a.test.yaml", yaml));
    expect(outcome).toMatchObject({ code: 1, err: "" });
    expect(outcome.out.replaceAll(directory, "")).toBe(`/a.test.yaml
  ✓ its own room is open
  ✗ so is another
      step 1  /a.test.yaml:7:9
        expected  pass
        found     close 4503 permission.message
                  permission: rule 2 "own rooms": \`allow\` is false

1 failed, 1 passed
`);
  });

  it("takes several files, and every *.test.yaml below a folder but those of packages", async () => {
    await mkdir(join(directory, "below/node_modules"), { recursive: true });
    await write("below/a.test.json", good);
    await write("below/b.test.yaml", JSON.stringify(good));
    await write("below/other.json", "{}");
    await write("below/node_modules/c.test.json", "{}");
    const outcome = await call(join(directory, "below"), await write("d.test.json", good));
    expect(outcome).toMatchObject({ code: 0, err: "", out: expect.stringContaining("3 passed") });
  });

  it("tests a configuration in a file of its own, with variables that the tests give", async () => {
    const listen = [{ address: "127.0.0.1:8443" }];
    const route = { ...chat, origin: { allow: ["${env:PAGE}"] } };
    await write("sallyport.json", { version: 1, listen, routes: [route] });
    const { policy: _, ...rest } = good;
    const file = await write("a.test.json", { ...rest, config: "sallyport.json", env: { PAGE } });
    expect(await call(file)).toMatchObject({ code: 0, err: "" });
  });

  it("exits 2 for a folder without tests", async () => {
    expect(await call(directory)).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringContaining("no policy tests"),
    });
  });

  it("exits 2 with every problem of a file at once, and where it stands", async () => {
    const yaml = `config: sallyport.yaml
now: yesterday
cases:
  - name: one
    handshake: { url: http://x, orign: x }
    expect: { refused: orgin.foreign }
  - name: two
    steps:
      - { client: a, server: b }
      - { client: a, expect: open }
      - { wait: 5s, expect: pass, repeat: 2 }
      - { client: é, as: binary }
      - { client: aaaa, size: 2B }
      - { revoke: {} }
      - { wait: 90d }
`;
    const { code, err, out } = await call(await write("a.test.yaml", yaml));
    expect([code, out]).toEqual([2, ""]);
    const lines = err.replaceAll(`error ${directory}/a.test.yaml:`, "").split("\n");
    expect(lines.map((line) => line.split(" ", 2).join(" "))).toEqual([
      "2:6 now:",
      "5:23 cases[0].handshake.url:",
      "5:33 cases[0].handshake.orign:",
      "6:24 cases[0].expect.refused:",
      "9:9 cases[1].steps[0]:",
      "10:30 cases[1].steps[1].expect:",
      "11:29 cases[1].steps[2].expect:",
      "11:43 cases[1].steps[2].repeat:",
      "12:19 cases[1].steps[3].client:",
      "13:31 cases[1].steps[4].size:",
      "14:19 cases[1].steps[5].revoke:",
      "15:17 cases[1].steps[6].wait:",
      "12 problems",
      "",
    ]);
    expect(err).toContain("Did you mean `origin`?");
    expect(err).toContain("such as `origin.foreign`");
  });

  it.each([
    [
      "neither a configuration nor a policy",
      { cases: good.cases, handshake: good.handshake },
      "exactly one of `config` and `policy`",
    ],
    ["no case", { ...good, cases: [] }, "cases"],
    ["a name twice", { ...good, cases: [...good.cases, ...good.cases] }, "is written twice"],
    ["no URL", { ...good, handshake: {} }, "expected a `url`"],
    [
      "a token beside an identity",
      { ...good, handshake: { ...good.handshake, token: "x" } },
      "write one of them",
    ],
    [
      "steps after a refusal",
      { ...good, cases: [{ ...good.cases[0], expect: { refused: 403 } }] },
      "nothing can happen",
    ],
    ["an answer without a file", { ...good, answers: { [JWKS]: "none.json" } }, "none at none.json"],
    [
      "a configuration that is not there",
      { ...good, policy: undefined, config: "none.yaml" },
      "no such file",
    ],
    [
      "a policy with a mistake",
      { ...good, policy: { routes: [{ ...chat, nope: 1 }] } },
      "policy.routes[0].nope",
    ],
    [
      "a policy whose keys cannot be read",
      {
        ...good,
        policy: {
          routes: [{ ...chat, identity: { jwt: { issuer: "i", audience: "a", jwksFile: "a.test.json" } } }],
        },
      },
      "a.test.json",
    ],
  ])("exits 2 for %s", async (_, file, words) => {
    expect(await call(await write("a.test.json", file))).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringContaining(words),
    });
  });

  it("refuses --journal by its name, and a file that is not there", async () => {
    expect(await call(await write("a.test.json", good), "--journal", "x")).toMatchObject({
      code: 2,
      err: expect.stringContaining("--journal"),
    });
    expect(await call(join(directory, "none.yaml"))).toMatchObject({
      code: 2,
      err: expect.stringContaining("no such file"),
    });
    expect(await call()).toMatchObject({ code: 2 });
  });

  it("says as JSON what it found", async () => {
    const { code, out } = await call(await write("a.test.json", good), "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      ok: true,
      passed: 1,
      failed: 0,
      files: [
        {
          file: join(directory, "a.test.json"),
          problems: [],
          cases: [{ name: "its own room is open", passed: true, mismatch: null }],
        },
      ],
    });
  });
});
