import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Config } from "./effective-config.ts";
import { configFromFlags, loadConfig, type LoadResult } from "./load-config.ts";
import { renderProblem } from "./problem.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "sallyport-config-"));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

async function write(name: string, text: string): Promise<string> {
  const file = join(directory, name);
  await writeFile(file, text);
  return file;
}

function configOf(result: LoadResult): Config {
  if (!result.ok) throw new Error(result.problems.map(renderProblem).join("\n"));
  return result.config;
}

function problemsOf(result: LoadResult): readonly string[] {
  return result.ok ? [] : result.problems.map(renderProblem);
}

const minimal = {
  version: 1,
  listen: [{ address: "127.0.0.1:0" }],
  routes: [{ path: "/", upstream: "ws://127.0.0.1:3000", identity: "anonymous" }],
};
const text = JSON.stringify(minimal);

describe("loadConfig", () => {
  it("fills in every default of a minimal configuration", async () => {
    const config = configOf(await loadConfig(await write("a.yaml", text)));
    expect(config).toMatchObject({
      listeners: [
        {
          host: "127.0.0.1",
          port: 0,
          tls: { kind: "development" },
          trustedProxies: [],
          forwardedHeader: "x-forwarded-for",
        },
      ],
      admin: null,
      log: { format: "auto", level: "info" },
      routes: [{ path: "/", hosts: [], http: "refuse", upstream: { timeoutMs: 10_000, caFile: null } }],
    });
    expect(config.routes[0]?.guards).toMatchObject({
      identity: "anonymous",
      messageSize: { mode: "enforce", inbound: 1_048_576 },
      expiry: { mode: "enforce" },
    });
  });

  it.each(["a.yml", "a.json"])("reads %s like YAML", async (name) => {
    expect(configOf(await loadConfig(await write(name, text))).routes).toHaveLength(1);
  });

  it.each(["config", "default"])(
    "reads the `%s` export of a module, and again when the file changed",
    async (name) => {
      const source = (path: string): string =>
        `const value = ${JSON.stringify({ ...minimal, routes: [{ ...minimal.routes[0], path, host: undefined }] })};\nexport { value as ${name} };\n`;
      const file = await write("a.mjs", source("/a"));
      expect(configOf(await loadConfig(file)).routes[0]?.path).toBe("/a");
      await writeFile(file, source("/bb"));
      expect(configOf(await loadConfig(file)).routes[0]?.path).toBe("/bb");
    },
  );

  it("says what to write where a module exports no configuration, or throws", async () => {
    expect(problemsOf(await loadConfig(await write("a.ts", "export const x = 1;")))[0]).toContain(
      "defineConfig",
    );
    expect(problemsOf(await loadConfig(await write("b.ts", "throw new Error('broken');")))[0]).toContain(
      "broken",
    );
  });

  it("reports problems of a module by path, without a position", async () => {
    const file = await write(
      "a.ts",
      "export const config = { version: 1, listen: [{ address: '127.0.0.1:0', tls: undefined }], routes: [] };",
    );
    const problems = problemsOf(await loadConfig(file));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`${file} routes: expected a list of at least 1 entry, found an empty list`);
  });

  it.each([
    ["missing.yaml", "no such file"],
    ["sallyport.toml", "the ending .toml"],
    ["sallyport", "a name without an ending"],
  ])("refuses %s: %s", async (name, found) => {
    expect(problemsOf(await loadConfig(join(directory, name)))[0]).toContain(found);
  });

  it("refuses a file over 1 MiB without reading it", async () => {
    const file = await write("a.yaml", " ".repeat(1024 * 1024 + 1));
    expect(problemsOf(await loadConfig(file))[0]).toContain("a file of at most 1048576 bytes");
  });

  it("makes every path absolute, from the file's directory", async () => {
    await write("ca.pem", "x");
    await write("keys.json", "{}");
    await write("token", "x");
    const route = {
      path: "/",
      upstream: { url: "unix:app.sock", ca: "ca.pem" },
      identity: { jwt: { issuer: "i", audience: "a", jwksFile: "keys.json" } },
    };
    const admin = { address: "127.0.0.1:0", tokenFile: "token" };
    const config = configOf(
      await loadConfig(await write("a.yaml", JSON.stringify({ ...minimal, admin, routes: [route] }))),
    );
    expect(config.admin?.tokenFile).toBe(join(directory, "token"));
    expect(config.routes[0]?.upstream).toMatchObject({
      caFile: join(directory, "ca.pem"),
      target: { socketPath: join(directory, "app.sock") },
    });
    expect(config.routes[0]?.guards["identity"]).toMatchObject({
      jwt: { jwksFile: join(directory, "keys.json") },
    });
  });

  it("merges defaults under a route option by option; the route's own wins", async () => {
    const defaults = {
      http: "forward",
      identity: "anonymous",
      messageSize: { inbound: "1KiB", outbound: "2KiB" },
      heartbeat: "off",
    };
    const routes = [
      {
        path: "/a",
        upstream: "ws://127.0.0.1:1",
        messageSize: { outbound: "4KiB" },
        heartbeat: { interval: "5s" },
      },
      { path: "/b", upstream: "ws://127.0.0.1:1", http: "refuse" },
    ];
    const config = configOf(
      await loadConfig(await write("a.yaml", JSON.stringify({ ...minimal, defaults, routes }))),
    );
    expect(config.routes[0]).toMatchObject({
      http: "forward",
      guards: {
        identity: "anonymous",
        messageSize: { inbound: 1024, outbound: 4096 },
        heartbeat: { interval: 5000 },
      },
    });
    expect(config.routes[1]).toMatchObject({ http: "refuse", guards: { messageSize: { outbound: 2048 } } });
    expect(config.routes[1]?.guards).not.toHaveProperty("heartbeat");
  });

  it("fills in ${env:…} and ${file:…}, and masks them in what is shown", async () => {
    await write("audience.secret", "the-audience\n");
    const jwt = {
      issuer: "${env:ISSUER}/x",
      audience: "${file:audience.secret}",
      jwks: "https://id.example.com/jwks",
    };
    const routes = [{ ...minimal.routes[0], identity: { jwt } }];
    const file = await write("a.yaml", JSON.stringify({ ...minimal, routes }));
    const config = configOf(await loadConfig(file, { env: { ISSUER: "https://secret.example" } }));
    expect(config.routes[0]?.guards["identity"]).toMatchObject({
      jwt: { issuer: "https://secret.example/x", audience: ["the-audience"] },
    });
    expect(config.mask("at https://secret.example for the-audience")).toBe("at *** for ***");
  });
});

const flags = {
  listen: "127.0.0.1:0",
  to: "ws://127.0.0.1:3000",
  origin: ["https://a.example"],
  identity: "anonymous",
};

describe("configFromFlags", () => {
  it("makes one listener and one route for every path", async () => {
    const config = configOf(
      await configFromFlags(
        { ...flags, tls: "off", journal: "off", admin: "127.0.0.1:0", workers: "1" },
        directory,
      ),
    );
    expect(config).toMatchObject({
      file: null,
      admin: { host: "127.0.0.1", port: 0, tokenFile: null, tokens: [], url: null, oidc: null },
      listeners: [{ tls: { kind: "off" } }],
      routes: [{ path: "/", guards: { origin: { allow: ["https://a.example"] }, identity: "anonymous" } }],
    });
  });

  it("makes a journal of --journal, with the key that is given beside it", async () => {
    const journalKeyFile = await write(
      "journal.key",
      `${Buffer.alloc(32, "0123456789").toString("base64")}\n`,
    );
    const asked = { ...flags, journal: "./recorded" };
    const config = configOf(await configFromFlags(asked, directory, { journalKeyFile }));
    expect(config.journal).toMatchObject({
      directory: join(directory, "recorded"),
      key: { file: journalKeyFile },
      payloads: "none",
    });
    expect(config.routes[0]?.journal).toEqual({ payloads: "none", sample: 1 });
  });

  it("takes the three flags of a token provider", async () => {
    const jwt = { jwks: "https://id.example.com/jwks", issuer: "https://id.example.com", audience: "chat" };
    const { identity: _, ...rest } = flags;
    const config = configOf(await configFromFlags({ ...rest, ...jwt }, directory));
    expect(config.routes[0]?.guards["identity"]).toMatchObject({
      jwt: { jwks: jwt.jwks, audience: ["chat"] },
    });
  });

  it.each([
    [{}, "--listen: expected an address"],
    [{ listen: "x" }, "--listen: expected an address"],
    [{ to: "http://127.0.0.1:1" }, "--to: expected an upstream"],
    [{ to: undefined }, "found nothing. Write: --to ws://127.0.0.1:3000"],
    [{ origin: ["nonsense"] }, "--origin: "],
    [{ identity: undefined }, "--identity: expected `anonymous`"],
    [{ identity: "anon" }, "Write --identity anonymous if nobody needs to be known, or --jwks URL"],
    [{ identity: undefined, jwks: "https://id.example.com/jwks", audience: "a" }, "--issuer: "],
    [{ issuer: "i" }, "--identity: expected either"],
    [{ tls: "maybe" }, "--tls: "],
    [{ tls: "missing.pem,missing.key" }, "--tls: expected a file that can be read"],
    [{ listen: "0.0.0.0:80", tls: "off" }, "--tls: expected TLS"],
    [{ admin: "x" }, "--admin: "],
    [{ journal: "./journal" }, "--journal: expected a master key"],
    [{ journal: "" }, "--journal: "],
    [{ workers: "257" }, "--workers: expected a number of workers from 1 to 256"],
    [{ workers: "many" }, "--workers: expected a number of workers"],
  ])("names the flag in what is wrong with %j", async (change, expected) => {
    const merged = Object.keys(change).length === 0 ? { origin: [] } : { ...flags, ...change };
    const given = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
    const problems = problemsOf(await configFromFlags({ origin: [], ...given }, directory));
    expect(problems.join("\n")).toContain(expected);
    expect(problems.join("\n")).not.toMatch(/routes|listen\[/);
  });
});
