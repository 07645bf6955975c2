import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { DocumentFaults } from "../guards/document-faults.ts";
import type { Guard, GuardDefinition, TokenJudging } from "../guards/guard.ts";
import { makeServices } from "../../test/handshake-fixture.ts";
import { createMemoryQuotas } from "../state/memory-quotas.ts";
import { builtInGuards } from "./built-in-guards.ts";
import { nowhere } from "./config-document.ts";
import type { Config } from "./effective-config.ts";
import { resolveConfig } from "./load-config.ts";
import { compilePolicy, type PolicyServices } from "./policy.ts";

const services: PolicyServices = {
  ...makeServices(),
  quotas: createMemoryQuotas(),
  fetch: () => Promise.reject(new Error("no network in this test")),
  wallNow: () => 0,
};

interface Made {
  readonly name: string;
  readonly options: unknown;
  readonly routeHosts: readonly string[];
}

// A guard that tells what it was made of, and fails where its options ask for it.
function definition(name: string, made: Made[], disposed: string[]): GuardDefinition<unknown> {
  return {
    name,
    phases: ["handshake"],
    stops: "nothing",
    options: z.strictObject({ fail: z.boolean().default(false) }),
    create(options, { routeHosts }) {
      if ((options as { fail: boolean }).fail) throw new Error(`${name} cannot be made`);
      made.push({ name, options, routeHosts });
      return { name, mode: "enforce", dispose: () => void disposed.push(name) };
    },
  };
}

async function load(routes: readonly object[], guards: readonly GuardDefinition<unknown>[]): Promise<Config> {
  const value = { version: 1, listen: [{ address: "127.0.0.1:0", tls: "off" }], routes };
  const document = { file: "a.yaml", base: tmpdir(), value, locate: () => nowhere };
  const result = await resolveConfig(document, { guards });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.config;
}

function setUp(): { made: Made[]; disposed: string[]; guards: readonly GuardDefinition<unknown>[] } {
  const made: Made[] = [];
  const disposed: string[] = [];
  return {
    made,
    disposed,
    guards: ["first", "heartbeat", "last"].map((name) => definition(name, made, disposed)),
  };
}

const route = { path: "/", upstream: "wss://app.internal/api" };

describe("compilePolicy", () => {
  it("makes the guards of a route in order, with the route's hosts, and none that is off", async () => {
    const { made, guards } = setUp();
    const config = await load([{ ...route, host: "A.example.com", heartbeat: "off" }], guards);
    const compiled = await compilePolicy(config, services, { definitions: guards });
    expect(compiled.ok && compiled.policy.routes[0]?.guards.map(({ name }) => name)).toEqual([
      "first",
      "last",
    ]);
    expect(made[0]).toEqual({ name: "first", options: { fail: false }, routeHosts: ["a.example.com"] });
  });

  it("carries listeners, upstream and label of a route", async () => {
    const { guards } = setUp();
    const compiled = await compilePolicy(await load([route], guards), services, { definitions: guards });
    expect(compiled).toMatchObject({
      ok: true,
      policy: {
        admin: null,
        listeners: [{ address: "127.0.0.1", port: 0, tls: { kind: "off" } }],
        routes: [
          {
            id: "/",
            http: "refuse",
            identityName: "anonymous",
            upstream: {
              host: "app.internal",
              port: 443,
              secure: true,
              pathPrefix: "/api",
              ca: null,
              timeoutMs: 10_000,
            },
          },
        ],
      },
    });
  });

  it("names every guard that cannot be made, and disposes of the others", async () => {
    const { guards, disposed } = setUp();
    const config = await load(
      [
        { ...route, first: { fail: true } },
        { ...route, path: "/b", last: { fail: true } },
      ],
      guards,
    );
    const compiled = await compilePolicy(config, services, { definitions: guards });
    expect(compiled).toMatchObject({
      ok: false,
      problems: [
        { file: "a.yaml", path: "routes[0].first", found: "first cannot be made" },
        { file: "a.yaml", path: "routes[1].last", found: "last cannot be made" },
      ],
    });
    expect(disposed.toSorted()).toEqual(["first", "heartbeat", "heartbeat", "last"]);
  });

  it("tells every mistake in a document that a guard points to at its own place in that document", async () => {
    const fault = {
      file: "/chat.json",
      line: 3,
      column: 5,
      place: "#/type",
      found: "1",
      expected: "2",
      mend: "",
    };
    const failing: GuardDefinition<unknown> = {
      ...definition("first", [], []),
      create: () => Promise.reject(new DocumentFaults([fault, { ...fault, line: 4 }])),
    };
    const compiled = await compilePolicy(await load([route], [failing]), services, {
      definitions: [failing],
    });
    expect(compiled).toEqual({
      ok: false,
      problems: [3, 4].map((line) => ({
        file: "/chat.json",
        path: "#/type",
        line,
        column: 5,
        found: "1",
        expected: "2",
        mend: "",
      })),
    });
  });

  it("lends the guards of a route the path that it serves", async () => {
    const paths: string[] = [];
    const asking: GuardDefinition<unknown> = {
      ...definition("first", [], []),
      create(_options, { routePath }) {
        paths.push(routePath);
        return { name: "first", mode: "enforce" };
      },
    };
    await compilePolicy(await load([route, { ...route, path: "/b" }], [asking]), services, {
      definitions: [asking],
    });
    expect(paths).toEqual(["/", "/b"]);
  });

  it("lends the guards of a route how those before them on it judge tokens, and no other route's", async () => {
    const lent: unknown[] = [];
    const tokens: TokenJudging = {
      recall: () => null,
      judge: () => Promise.resolve({ code: "identity.invalid", detail: "a test" }),
    };
    const asks = (name: string, parts: Partial<Guard>): GuardDefinition<unknown> => ({
      name,
      phases: ["handshake"],
      stops: "nothing",
      options: z.strictObject({}),
      create(_options, made) {
        lent.push(made.tokens);
        return { name, mode: "enforce", ...parts };
      },
    });
    const guards = [asks("first", {}), asks("heartbeat", { tokens }), asks("last", {})];
    const config = await load([route, { ...route, path: "/b", heartbeat: "off" }], guards);
    expect((await compilePolicy(config, services, { definitions: guards })).ok).toBe(true);
    expect(lent).toEqual([undefined, undefined, tokens, undefined, undefined]);
  });

  it("says of a guard that needs tokens judged where its key stands, when nobody on the route does", async () => {
    const config = await load(
      [{ ...route, upstream: "ws://127.0.0.1:1", identity: "anonymous", messageToken: { pointer: "/t" } }],
      builtInGuards,
    );
    expect(await compilePolicy(config, services)).toMatchObject({
      ok: false,
      problems: [
        {
          path: "routes[0].messageToken",
          found: "needs `identity.jwt` or `identity.introspection` to judge tokens",
        },
      ],
    });
  });

  it("disposes of every guard once nobody holds it", async () => {
    const { guards, disposed } = setUp();
    const compiled = await compilePolicy(await load([route], guards), services, { definitions: guards });
    if (!compiled.ok) throw new Error("not compiled");
    expect(compiled.policy.hold()).toBe(compiled.policy);
    compiled.policy.release();
    expect(disposed).toEqual([]);
    compiled.policy.release();
    expect(disposed).toEqual(["first", "heartbeat", "last"]);
  });

  it("gives equal configurations one version, and others another", async () => {
    const { guards } = setUp();
    const versions = await Promise.all(
      [route, route, { ...route, http: "forward" }].map(async (one) => {
        const compiled = await compilePolicy(await load([one], guards), services, { definitions: guards });
        return compiled.ok ? compiled.policy.version : "";
      }),
    );
    expect(versions[0]).toMatch(/^[0-9a-f]{12}$/);
    expect(versions[1]).toBe(versions[0]);
    expect(versions[2]).not.toBe(versions[0]);
  });

  it("reads the CA of an upstream, and names the one that has gone", async () => {
    const directory = await mkdtemp(join(tmpdir(), "sallyport-policy-"));
    onTestFinished(async () => await rm(directory, { recursive: true, force: true }));
    const ca = join(directory, "ca.pem");
    await writeFile(ca, "PEM");
    const { guards } = setUp();
    const config = await load([{ path: "/", upstream: { url: "wss://a.example", ca } }], guards);
    const compiled = await compilePolicy(config, services, { definitions: guards });
    expect(compiled.ok && compiled.policy.routes[0]?.upstream.ca).toBe("PEM");
    await rm(ca);
    expect(await compilePolicy(config, services, { definitions: guards })).toMatchObject({
      ok: false,
      problems: [{ path: "routes[0].upstream.ca" }],
    });
  });
});
