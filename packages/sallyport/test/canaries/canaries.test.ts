import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { callMain } from "../cli/journal-call.ts";
import { startSallyport, temporaryDirectory } from "../cli/sallyport-process.ts";
import { startSurroundings, type Surroundings } from "./applications.ts";
import { Canaries } from "./canary.ts";
import { leaksOf, MAY_STAND, Outputs } from "./outputs.ts";
import { startOpenIdProvider } from "./openid-provider.ts";
import { plantSecrets, type Planted } from "./planted.ts";
import { UsedDashboard } from "./use-dashboard.ts";
import { schema, useTickets, visit } from "./visit.ts";
import { makeVisits, PAGE } from "./visits.ts";

// Shown to fail: that the search finds what it looks for, in each of its forms, is the test of `canary.ts`; that this test sees an output
// at all is said by what must stand there: each code in the log, and the canaries of `MAY_STAND` in their places. Found by it: the user,
// password and query of a refused CONNECT, which its event told; a message's own token, which the journal kept with the message and the dashboard
// showed.

/** Where processes start slowly. */
const SLOW_MS = 300_000;

const config = (
  { application, broken, refusing, provider, issuer }: Surroundings & { readonly issuer: string },
  format: string,
): string => `version: 1
listen: [{ address: 127.0.0.1:0, tls: off }]
admin:
  address: 127.0.0.1:0
  tokenFile: ./secrets/admin.token
  tokens:
    - { name: viewer, role: viewer, tokenFile: ./secrets/viewer.token }
    - { name: operator, role: operator, tokenFile: ./secrets/operator.token }
    - { name: investigator, role: investigator, tokenFile: ./secrets/investigator.token }
  oidc: { issuer: ${issuer}, clientId: the-gate, clientSecretFile: ./secrets/dashboard, roles: { staff: viewer } }
log: { format: ${format}, level: debug }
journal: { directory: ./journal, key: "\${env:JOURNAL_KEY}", payloads: full, retain: 1d }
defaults:
  origin: { allow: [${PAGE}] }
  connectionLimit: { perAddress: 1000, handshakesPerAddress: 1000/s }
routes:
  - path: /chat
    upstream: ${application}
    identity: &jwt { jwt: { issuer: https://id.example.com, audience: chat, secretFile: ./secrets/jwt, cookie: tok, unsafeQueryParameter: access_token, strip: true } }
    dialect: json
    messageSize: { inbound: 64KiB }
    messageSchema: { inbound: ./say.schema.json }
    threat: {}
    leak: { action: redact, canaries: ["\${env:LEAK_CANARY}"] }
    permission: { otherwise: allow, rules: [{ when: 'message.name == "admin"', allow: "false" }] }
  - path: /tokens
    upstream: ${application}
    identity: *jwt
    messageToken: { pointer: /token, strip: true }
  - { path: /tickets, upstream: ${application}, identity: anonymous, ticket: require }
  - { path: /open, upstream: ${application}, identity: anonymous }
  - { path: /denied, upstream: ${application}, identity: anonymous, firewall: { deny: [127.0.0.0/8] } }
  - { path: /forbidden, upstream: ${application}, identity: anonymous, permission: { otherwise: deny, rules: [{ allow: "false" }] } }
  - path: /opaque
    upstream: ${application}
    identity: { introspection: { endpoint: ${provider}/introspect, clientId: gate, clientSecretFile: ./secrets/client } }
  - path: /badkeys
    upstream: ${application}
    identity: { jwt: { issuer: https://id.example.com, audience: chat, jwks: ${provider}/keys } }
  - { path: /session, upstream: ${application}, identity: { session: { url: ${provider}/session, cookie: sid } } }
  - { path: /broken, upstream: ${broken}, identity: anonymous }
  - { path: /refusing, upstream: ${refusing}, identity: anonymous }
  - { path: /unreachable, upstream: ws://127.0.0.1:1, identity: anonymous }
`;

/** Every call of the admin API that reads, some that change, and some that are none. */
async function useAdmin(url: string, planted: Planted, outputs: Outputs): Promise<void> {
  const ask = async (
    method: string,
    path: string,
    more: { token?: string; body?: string } = {},
  ): Promise<string> => {
    const { token = planted.adminTokens.admin, body } = more;
    const answer = await fetch(url + path, {
      method,
      headers: { Authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body }),
    });
    const text = await answer.text();
    outputs.add(`admin ${method} ${path.split("?", 1)[0]}`, text + [...answer.headers].join("\n"));
    return text;
  };
  for (const path of [
    "/metrics",
    "/live",
    "/ready",
    "/policy",
    "/sessions",
    "/bans",
    "/revocations",
    "/openapi.json",
  ])
    await ask("GET", path);
  await ask("GET", "/sessions", { token: planted.adminTokens.viewer });
  await ask("GET", "/sessions", { token: planted.plant("a wrong admin token") });
  await ask("GET", `/sessions?secret=${planted.plant("a query of the admin API")}`);
  await ask("POST", "/bans", { body: `{"address": ${planted.plant("no JSON for the admin API")}` });
  await ask("POST", "/bans", {
    body: JSON.stringify({ [planted.plant("an unknown key for the admin API")]: 1 }),
  });
  await ask("POST", "/bans", { body: JSON.stringify({ address: "192.0.2.1", seconds: 60, reason: "test" }) });
  await ask("POST", "/reload");
}

/** The bytes of every file below a directory. */
async function readAll(directory: string): Promise<readonly (readonly [string, Buffer])[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return await Promise.all(files.map(async (file) => [file, await readFile(file)] as const));
}

/** Outputs of events beside log, metrics and journal: files, or what a receiver got. A row for each that there is. */
const moreOutputs: readonly {
  readonly place: string;
  readonly read: (directory: string) => Promise<Buffer>;
}[] = [];

describe("secrets and content", () => {
  it.each(["json", "pretty"])(
    "stand nowhere but where they belong, with the log `%s` at every level",
    { timeout: SLOW_MS },
    async (format) => {
      const canaries = new Canaries();
      const planted = plantSecrets(canaries);
      const word = (name: string): string => planted.plant(`the application's ${name}`);
      const around = await startSurroundings({
        greeting: `{"type":"say","text":"${word("greeting")}"}`,
        closeReason: word("close reason"),
        brokenHead: word("broken head"),
        refusalBody: word("refusal: body"),
        refusalCookie: word("refusal: cookie"),
        keys: planted.plant("keys that are none"),
        introspection: planted.plant("an answer to an introspection"),
      });
      const provider = await startOpenIdProvider(canaries);
      const directory = await temporaryDirectory();
      for (const folder of ["secrets", "data", "tmp"]) await mkdir(join(directory, folder));
      const files: Readonly<Record<string, string>> = {
        "secrets/jwt": planted.jwtSecret,
        "secrets/client": planted.clientSecret,
        "secrets/dashboard": planted.dashboardSecret,
        ...Object.fromEntries(
          Object.entries(planted.adminTokens).map(([role, token]) => [`secrets/${role}.token`, token]),
        ),
        "say.schema.json": JSON.stringify(schema),
        "sallyport.yaml": config({ ...around, issuer: provider.issuer }, format),
      };
      for (const [file, content] of Object.entries(files))
        await writeFile(join(directory, file), content, { mode: 0o600 });
      const env = {
        JOURNAL_KEY: planted.journalKey,
        LEAK_CANARY: planted.leakCanary,
        UNUSABLE: planted.unusable,
        XDG_DATA_HOME: join(directory, "data"),
        TMPDIR: join(directory, "tmp"),
      };
      const outputs = new Outputs();
      const checked = await withEnvironment(env, () =>
        callMain(["check", join(directory, "sallyport.yaml")], { directory }),
      );
      // All is well with it but for the keys that are none.
      expect([checked.code, checked.out.includes("/badkeys")]).toEqual([3, true]);
      const gate = startSallyport(["run", "--config", "sallyport.yaml"], {
        directory,
        env,
        withinMs: SLOW_MS / 2,
      });
      const port = Number((await gate.says(/listening on http:\/\/127\.0\.0\.1:(\d+)\n/))[1]);
      const admin = (await gate.says(/^admin on (\S+)\n/m))[1] ?? "";
      // How the log is written is nothing to the dashboard.
      const dashboard =
        format === "json" ? new UsedDashboard({ url: admin, planted, canaries, outputs, provider }) : null;
      await dashboard?.open(port);
      const visits = await makeVisits(planted);
      for (const one of visits) await visit(port, one, outputs);
      await useTickets(port, planted, canaries, outputs);
      await useAdmin(admin, planted, outputs);
      const incidents = incidentsIn(gate.written().err);
      await operate({ admin, directory, env, incidents, outputs });
      await dashboard?.callEverything(incidents);
      await writeFile(
        join(directory, "sallyport.yaml"),
        config({ ...around, issuer: provider.issuer }, format).replace(
          "version: 1",
          'version: "${env:UNUSABLE}"',
        ),
      );
      gate.child.kill("SIGHUP");
      await gate.says(/reload failed/);
      await (dashboard?.drain() ?? gate.child.kill("SIGTERM"));
      expect(await gate.exit()).toBe(0);
      const { out, err } = gate.written();
      outputs.add("standard output", out);
      outputs.add("log", err);
      for (const head of around.heads) outputs.add("heads to applications", head);
      for (const message of around.messages) outputs.add("messages to the application", message);
      for (const question of provider.asked) outputs.add("questions to the provider", question);
      for (const folder of ["journal", "data", "tmp"])
        for (const [, bytes] of await readAll(join(directory, folder)))
          outputs.add(`files in ${folder}`, bytes);
      for (const { place, read } of moreOutputs) outputs.add(place, await read(directory));
      const missing = visits
        .filter(({ code }) => code !== null && !err.includes(code))
        .map(({ code }) => code);
      expect(missing).toEqual([]);
      const sightings = outputs.find(canaries);
      expect(leaksOf(sightings)).toEqual([]);
      // So that the search cannot pass on nothing: what may stand somewhere does.
      const unseen = MAY_STAND.filter(
        ([name, places]) =>
          places.some((place) => outputs.has(place)) &&
          !sightings.some(({ canary, place }) => name.test(canary) && places.includes(place)),
      );
      expect(unseen).toEqual([]);
    },
  );
});

interface Operated {
  readonly admin: string;
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly incidents: readonly string[];
  readonly outputs: Outputs;
}

/** Every incident that a log tells of. */
function incidentsIn(log: string): readonly string[] {
  const found = new Set([...log.matchAll(/incident(?:":"| )([\w-]{12,})/g)].map(([, id = ""]) => id));
  expect(found.size).toBeGreaterThan(20);
  return [...found];
}

/** What an operator calls on the command line, with all that it writes. */
async function operate({ admin, directory, env, incidents, outputs }: Operated): Promise<void> {
  await withEnvironment(env, async () => {
    const call = async (place: string, ...argv: readonly string[]): Promise<void> => {
      const { out, err } = await callMain(argv, { directory });
      outputs.add(place, out + err);
    };
    const tokenFile = join(directory, "secrets/viewer.token");
    const access = ["--admin", admin, "--token-file", tokenFile];
    const headers = { Authorization: `Bearer ${await readFile(tokenFile, "utf8")}` };
    await call("sessions list", "sessions", "list", ...access);
    await call("ban list", "ban", "list", "--json", ...access);
    await call("revoke list", "revoke", "list", ...access);
    await call("check", "check", join(directory, "sallyport.yaml"));
    for (const incident of incidents) {
      await call("explain", "explain", incident, ...access);
      outputs.add("incidents", await (await fetch(`${admin}/incidents/${incident}`, { headers })).text());
    }
    await call(
      "grant",
      "journal",
      "grant",
      "viewer",
      "--to",
      "secrets/viewer.key",
      "--config",
      "sallyport.yaml",
    );
    for (const json of [[], ["--json"]])
      await call(
        "journal search",
        "journal",
        "search",
        "--config",
        "sallyport.yaml",
        "--key",
        "secrets/viewer.key",
        ...json,
      );
    expect(outputs.of("journal search")).toContain("origin.foreign");
    expect(outputs.of("explain")).toContain("origin.foreign");
    await writeFile(
      join(directory, "bad.yaml"),
      'version: 1\nlisten: ["${env:UNUSABLE}"]\njournal: { directory: ./j, key: "${env:UNUSABLE}" }\nroutes: [{ path: /, upstream: "${env:UNUSABLE}", identity: "${env:UNUSABLE}", messageSize: { inbound: "${env:UNUSABLE}" } }]\n',
    );
    await call("check", "check", join(directory, "bad.yaml"));
    expect(outputs.of("check")).toContain("problem");
  });
}

/** Runs with variables that are gone again afterwards. */
async function withEnvironment<Value>(
  env: Readonly<Record<string, string>>,
  run: () => Promise<Value>,
): Promise<Value> {
  const before = Object.keys(env).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, env);
  try {
    return await run();
  } finally {
    for (const [name, value] of before)
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  }
}
