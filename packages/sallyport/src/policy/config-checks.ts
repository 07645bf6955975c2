import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { checkAcme } from "./acme-checks.ts";
import type { Finding } from "./config-issues.ts";
import { checkIdentities } from "./identity-checks.ts";
import { checkJournal } from "./journal-checks.ts";
import { isLoopback } from "../guards/loopback.ts";
import { checkOutputs } from "./output-checks.ts";
import type { Environment } from "./output-config.ts";
import { parseNetworkAddress } from "./network-address.ts";
import { describeValue, type KeyPath } from "./problem.ts";
import { asList, asMapping, findFiles, isOff, valueAt } from "./raw-config.ts";
import { checkState } from "./state-checks.ts";
import { isPlaintextUpstream, parseUpstream } from "./upstream-url.ts";

/** What a schema cannot see: how the parts fit together, and what they point to. */
export interface CheckResult {
  readonly findings: readonly Finding[];
  /** Allowed, and probably not meant. */
  readonly warnings: readonly Finding[];
}

/**
 * Checks a merged configuration beyond its schema. Works on whatever is there, so that its findings stand beside
 * the schema's in one answer. `base` is the directory of relative socket paths; file paths must be absolute. `attached`: what
 * listens is an application's own server, of which nothing is known yet.
 */
export async function checkConfig(
  config: unknown,
  {
    base,
    attached = false,
    env = {},
  }: { readonly base: string; readonly attached?: boolean; readonly env?: Environment },
): Promise<CheckResult> {
  const routes = asList(valueAt(config, ["routes"]));
  const listeners = asList(valueAt(config, ["listen"]));
  const upstreams = routes.map((route, index) => checkUpstream(route, index, base));
  const files = await checkFiles(config);
  const identities = attached ? { findings: [], warnings: [] } : checkIdentities(routes, listeners);
  const acme = await checkAcme(listeners);
  const state = await checkState(valueAt(config, ["state"]), listeners);
  const journal = await checkJournal(valueAt(config, ["journal"]), routes);
  const findings = [
    ...checkListeners(listeners),
    ...checkAdmin(valueAt(config, ["admin"])),
    ...checkDuplicateRoutes(routes),
    ...routes.flatMap(checkCompression),
    ...upstreams.flatMap((result) => result.findings),
    ...identities.findings,
    ...acme.findings,
    ...state.findings,
    ...files,
    ...(await checkCertificates(listeners, files)),
    ...(await checkOrigins(routes, listeners)),
    ...journal.findings,
    ...(await checkOutputs(config, env)),
  ];
  const warnings = [
    ...upstreams.flatMap((result) => result.warnings),
    ...identities.warnings,
    ...acme.warnings,
    ...state.warnings,
    ...journal.warnings,
  ];
  return { findings, warnings };
}

function hostOf(address: unknown): string | null {
  return typeof address === "string" ? (parseNetworkAddress(address)?.host ?? null) : null;
}

function checkListeners(listeners: readonly unknown[]): readonly Finding[] {
  const seen = new Set<string>();
  return listeners.flatMap((listener, index) => {
    const address = valueAt(listener, ["address"]);
    const repeated = typeof address === "string" && seen.has(address) && !address.endsWith(":0");
    if (typeof address === "string") seen.add(address);
    return [
      ...(repeated ? [duplicate(["listen", index, "address"], address)] : []),
      ...checkPlaintext(listener, index, hostOf(address)),
      ...checkProxyProtocol(listener, index),
    ];
  });
}

// From nobody trusted the header is never read: the switch alone would do nothing.
function checkProxyProtocol(listener: unknown, index: number): readonly Finding[] {
  const on = valueAt(listener, ["proxyProtocol"]) === true;
  if (!on || asList(valueAt(listener, ["trustedProxies"])).length > 0) return [];
  return [
    {
      path: ["listen", index, "proxyProtocol"],
      found: "`true`, and no trusted proxies",
      expected: "the proxies that begin their connections so",
      mend: "Write their addresses: trustedProxies: [10.0.0.0/8]",
    },
  ];
}

function duplicate(path: KeyPath, found: string): Finding {
  return {
    path,
    found: `\`${found}\` a second time`,
    expected: "every entry once",
    mend: "Remove one of the two",
  };
}

function checkPlaintext(listener: unknown, index: number, host: string | null): readonly Finding[] {
  if (host === null || isLoopback(host)) return [];
  const tls = valueAt(listener, ["tls"]);
  const path = ["listen", index, "tls"];
  if (tls === undefined) {
    const mend = "Write: tls: { certificate: cert.pem, key: key.pem }";
    return [{ path, found: "nothing", expected: "TLS on an address that others can reach", mend }];
  }
  if (!isOff(tls) || valueAt(listener, ["unsafeAllowPlaintext"]) === true) return [];
  const mend =
    "Write: tls: { certificate: cert.pem, key: key.pem }, or unsafeAllowPlaintext: true if a proxy in front speaks TLS";
  return [{ path, found: "`off`", expected: "TLS on an address that others can reach", mend }];
}

function checkAdmin(admin: unknown): readonly Finding[] {
  const host = hostOf(valueAt(admin, ["address"]));
  const tokens = asList(valueAt(admin, ["tokens"]));
  const hasToken = valueAt(admin, ["tokenFile"]) !== undefined || tokens.length > 0;
  const bare = host !== null && !isLoopback(host) && !hasToken;
  return [...(bare ? [bareAdmin] : []), ...checkAdminTokens(admin, tokens)];
}

const bareAdmin: Finding = {
  path: ["admin", "tokenFile"],
  found: "nothing",
  expected: "a token on an address that others can reach",
  mend: "Write: tokenFile: admin.token, or listen on 127.0.0.1",
};

/** A name stands for one holder, and a file for one role. */
function checkAdminTokens(admin: unknown, tokens: readonly unknown[]): readonly Finding[] {
  const own = valueAt(admin, ["tokenFile"]);
  const names = new Set<unknown>(own === undefined ? [] : ["admin"]);
  const files = new Set<unknown>(own === undefined ? [] : [own]);
  return tokens.flatMap((token, index) => [
    ...repeatedIn(names, token, ["admin", "tokens", index, "name"]),
    ...repeatedIn(files, token, ["admin", "tokens", index, "tokenFile"]),
  ]);
}

function repeatedIn(seen: Set<unknown>, token: unknown, path: KeyPath): readonly Finding[] {
  const value = valueAt(token, path.slice(-1));
  const repeated = typeof value === "string" && seen.has(value);
  seen.add(value);
  return repeated ? [duplicate(path, value)] : [];
}

function checkDuplicateRoutes(routes: readonly unknown[]): readonly Finding[] {
  const seen = new Set<string>();
  return routes.flatMap((route, index) => {
    const path = valueAt(route, ["path"]);
    if (typeof path !== "string") return [];
    const written = valueAt(route, ["host"]);
    const hosts = typeof written === "string" ? [written] : asList(written).map(String);
    const labels = (hosts.length === 0 ? [""] : hosts).map((host) => `${host.toLowerCase()}${path}`);
    const repeated = labels.find((label) => seen.has(label));
    for (const label of labels) seen.add(label);
    return repeated === undefined ? [] : [duplicate(["routes", index, "path"], repeated)];
  });
}

// What goes on frame by frame cannot be inflated before it does.
function checkCompression(route: unknown, index: number): readonly Finding[] {
  const inspected = valueAt(route, ["compression"]) === "inspect";
  if (!inspected || valueAt(route, ["messageSize", "stream"]) !== true) return [];
  return [
    {
      path: ["routes", index, "messageSize", "stream"],
      found: "`true` beside `compression: inspect`",
      expected: "messages that are held back until they are inflated",
      mend: "Write: stream: false, or compression: off",
    },
  ];
}

function checkUpstream(route: unknown, index: number, base: string): CheckResult {
  const upstream = valueAt(route, ["upstream"]);
  const inMapping = asMapping(upstream) !== null;
  const path: KeyPath = inMapping ? ["routes", index, "upstream", "url"] : ["routes", index, "upstream"];
  const url = inMapping ? valueAt(upstream, ["url"]) : upstream;
  if (typeof url !== "string") return { findings: [], warnings: [] };
  const parsed = parseUpstream(url, base);
  if (!parsed.ok)
    return {
      findings: [{ path, found: describeValue(url), expected: parsed.expected, mend: parsed.mend }],
      warnings: [],
    };
  if (!isPlaintextUpstream(parsed.target)) return { findings: [], warnings: [] };
  const warning = {
    path,
    found: `messages to ${parsed.target.host} cross the network unencrypted`,
    expected: "",
    mend: "Write wss: if the application speaks TLS",
  };
  return { findings: [], warnings: [warning] };
}

async function checkFiles(config: unknown): Promise<readonly Finding[]> {
  const files: (readonly [KeyPath, string])[] = [];
  findFiles(config, (path, file) => files.push([path, file]));
  // What came from `defaults` is found again under each route: one finding under the route is enough.
  const own = files.filter(([path]) => path[0] !== "defaults");
  const results = await Promise.all(own.map(async ([path, file]) => await checkFile(path, file)));
  return results.flat();
}

async function checkFile(path: KeyPath, file: string): Promise<readonly Finding[]> {
  try {
    await readFile(file);
    return [];
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    // The gate makes the token of its admin API itself where there is none yet.
    if (code === "ENOENT" && path.at(-1) === "tokenFile") return [];
    const found = code === "ENOENT" ? `no file at ${file}` : `${file}, which cannot be read (${code})`;
    return [{ path, found, expected: "a file that can be read", mend: "" }];
  }
}

function fileAt(listener: unknown, key: string): string | null {
  const file = valueAt(listener, ["tls", key]);
  return typeof file === "string" ? file : null;
}

async function checkCertificates(
  listeners: readonly unknown[],
  unreadable: readonly Finding[],
): Promise<readonly Finding[]> {
  const checks = listeners.map(async (listener, index) => {
    const [certificateFile, keyFile] = [fileAt(listener, "certificate"), fileAt(listener, "key")];
    const known = unreadable.some(({ path }) => path[0] === "listen" && path[1] === index);
    if (certificateFile === null || keyFile === null || known) return [];
    const authoritiesFile = fileAt(listener, "clientCa");
    return [
      ...checkPair(index, await readFile(certificateFile), await readFile(keyFile)),
      ...(authoritiesFile === null ? [] : checkAuthorities(index, await readFile(authoritiesFile))),
    ];
  });
  return (await Promise.all(checks)).flat();
}

function checkPair(index: number, certificatePem: Buffer, keyPem: Buffer): readonly Finding[] {
  const certificate = attempt(() => new X509Certificate(certificatePem));
  const key = attempt(() => createPrivateKey(keyPem));
  const at = (name: string, found: string, expected: string): Finding => ({
    path: ["listen", index, "tls", name],
    found,
    expected,
    mend: "",
  });
  const findings: Finding[] = [];
  if (certificate === null) findings.push(at("certificate", "something else", "a certificate in PEM"));
  if (key === null) findings.push(at("key", "something else", "an unencrypted private key in PEM"));
  if (certificate !== null && key !== null && !certificate.checkPrivateKey(key))
    findings.push(at("key", "the key of another one", "the private key of the certificate"));
  return findings;
}

function checkAuthorities(index: number, pem: Buffer): readonly Finding[] {
  if (attempt(() => new X509Certificate(pem)) !== null) return [];
  const path = ["listen", index, "tls", "clientCa"];
  return [{ path, found: "something else", expected: "the certificates of CAs in PEM", mend: "" }];
}

function attempt<Value>(make: () => Value): Value | null {
  try {
    return make();
  } catch {
    return null;
  }
}

// Without any configured name there is nothing to compare an Origin with, and the Host header must not tell.
async function checkOrigins(
  routes: readonly unknown[],
  listeners: readonly unknown[],
): Promise<readonly Finding[]> {
  const named = await Promise.all(listeners.map(hasNames));
  if (named.every(Boolean)) return [];
  return routes.flatMap((route, index) => {
    const written =
      valueAt(route, ["host"]) !== undefined || valueAt(route, ["origin", "allow"]) !== undefined;
    if (written || asMapping(route) === null) return [];
    return [
      {
        path: ["routes", index, "origin", "allow"],
        found: "nothing, and no names to take it from",
        expected: "the origins of the pages that may connect",
        mend: "Write: origin: { allow: [https://app.example.com] }, or the route's `host`",
      },
    ];
  });
}

async function hasNames(listener: unknown): Promise<boolean> {
  const host = hostOf(valueAt(listener, ["address"]));
  if (host === null || isLoopback(host)) return true;
  const tls = valueAt(listener, ["tls"]);
  if (isOff(tls)) return false;
  const file = fileAt(listener, "certificate");
  if (file === null) return true;
  const pem = await readFile(file).catch(() => null);
  const certificate = pem === null ? null : attempt(() => new X509Certificate(pem));
  return certificate === null || certificate.subjectAltName !== undefined;
}
