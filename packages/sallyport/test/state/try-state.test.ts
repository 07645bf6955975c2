import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../../../examples/shared/loopback.ts";
import { stateOptions, type RedisConfig } from "../../src/policy/state-options.ts";
import { tryState } from "../../src/state/try-state.ts";
import { startRedisServer, type RedisServer } from "../redis/redis-server.ts";

let directory: string;
let server: RedisServer;
let tlsPort: number;

/** An engine that speaks TLS by a certificate of its own, and asks for a password. */
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "sallyport-engine-"));
  const [key, certificate] = [join(directory, "key.pem"), join(directory, "cert.pem")];
  const request = [
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-days",
    "1",
  ];
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  execFileSync("openssl", [...request, ...names, "-keyout", key, "-out", certificate], { stdio: "ignore" });
  await writeFile(join(directory, "password"), "hunter2\n");
  tlsPort = await freePort(0);
  server = await startRedisServer({
    flags: [
      "--requirepass",
      "hunter2",
      "--maxmemory",
      "100mb",
      "--maxmemory-policy",
      "allkeys-lru",
      "--tls-port",
      String(tlsPort),
      "--tls-auth-clients",
      "no",
      "--tls-cert-file",
      certificate,
      "--tls-key-file",
      key,
    ],
  });
});
afterAll(async () => {
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});

function configOf(input: unknown): RedisConfig {
  const parsed = stateOptions.parse(input);
  if (parsed === null) throw new Error("memory is no engine");
  return parsed;
}

describe("tryState", () => {
  it("finds nothing wrong with an engine that can be read and written, but that it may drop what is needed", async () => {
    const { problem, warning } = await tryState(configOf(`redis://default:hunter2@127.0.0.1:${server.port}`));
    expect(problem).toBeNull();
    expect(warning?.found).toContain("allkeys-lru");
  });

  it("says that the password is wrong, or missing, and shows none", async () => {
    const wrong = await tryState(configOf(`redis://:hunter3@127.0.0.1:${server.port}/0`));
    expect(wrong.problem).toMatch(/^redis:\/\/127\.0\.0\.1:\d+: WRONGPASS/);
    expect(wrong.problem).not.toContain("hunter");
    const missing = await tryState(configOf(`redis://127.0.0.1:${server.port}`));
    expect(missing.problem).toContain("NOAUTH");
  });

  it("speaks TLS to an engine whose certificate comes from the CAs of a file, with the password of another one", async () => {
    const url = `rediss://localhost:${tlsPort}`;
    const [caFile, passwordFile] = [join(directory, "cert.pem"), join(directory, "password")];
    expect(await tryState(configOf({ redis: { url, caFile, passwordFile } }))).toMatchObject({
      problem: null,
    });
    const untrusted = await tryState(configOf({ redis: { url, passwordFile } }));
    expect(untrusted.problem).toContain("self-signed certificate");
  });

  it("says which file cannot be read, and that nobody listens", async () => {
    const url = `redis://127.0.0.1:${server.port}`;
    const absent = await tryState(configOf({ redis: { url, passwordFile: join(directory, "no") } }));
    expect(absent.problem).toContain("ENOENT");
    // Nobody listens at the port of tcpmux.
    expect((await tryState(configOf("redis://127.0.0.1:1"))).problem).toContain("ECONNREFUSED");
    expect(
      (await tryState(configOf({ redis: { cluster: ["redis://127.0.0.1:1"] } }))).problem,
    ).not.toBeNull();
    const sentinel = { primary: "main", urls: ["redis://127.0.0.1:1"] };
    expect((await tryState(configOf({ redis: { sentinel } }))).problem).not.toBeNull();
  });
});
