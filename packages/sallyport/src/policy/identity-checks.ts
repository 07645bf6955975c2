import { isLoopback } from "../guards/loopback.ts";
import type { CheckResult } from "./config-checks.ts";
import type { Finding } from "./config-issues.ts";
import { parseNetworkAddress } from "./network-address.ts";
import { asMapping, valueAt } from "./raw-config.ts";

const NOTHING: CheckResult = { findings: [], warnings: [] };

/** Whether what listens here can be reached from other machines; what is no address is another finding. */
function isExposed(listener: unknown): boolean {
  const address = valueAt(listener, ["address"]);
  const host = typeof address === "string" ? (parseNetworkAddress(address)?.host ?? null) : null;
  return host !== null && !isLoopback(host);
}

function checkMutualTls(route: unknown, index: number, listeners: readonly unknown[]): readonly Finding[] {
  const wanted = valueAt(route, ["identity", "mutualTls"]) !== undefined;
  const asked = listeners.some((listener) => valueAt(listener, ["tls", "clientCa"]) !== undefined);
  if (!wanted || asked) return [];
  return [
    {
      path: ["routes", index, "identity", "mutualTls"],
      found: "no listener that asks clients for a certificate",
      expected: "a listener with `tls.clientCa`",
      mend: "Write: listen: [{ address: …, tls: { certificate: …, key: …, clientCa: clients.pem } }]",
    },
  ];
}

function checkDevelopment(route: unknown, index: number, listeners: readonly unknown[]): CheckResult {
  const path = ["routes", index, "identity"];
  if (valueAt(route, ["identity", "jwt"]) !== "development") return NOTHING;
  if (!listeners.some(isExposed)) {
    const found =
      "tokens of the development issuer are accepted: whoever runs commands as this user can be anybody";
    return {
      findings: [],
      warnings: [{ path, found, expected: "", mend: "Write a provider's `jwt` before others use it" }],
    };
  }
  const finding: Finding = {
    path,
    found: "`development`, and an address that others can reach",
    expected: "the development issuer on loopback addresses alone",
    mend: "Listen on 127.0.0.1, or write your provider: jwt: { issuer: …, audience: …, jwks: … }",
  };
  return { findings: [finding], warnings: [] };
}

/** Checks ways to know callers that only some listeners have or may have. */
export function checkIdentities(routes: readonly unknown[], listeners: readonly unknown[]): CheckResult {
  const results = routes.map((route, index) => {
    if (asMapping(valueAt(route, ["identity"])) === null) return NOTHING;
    const { findings, warnings } = checkDevelopment(route, index, listeners);
    return { findings: [...findings, ...checkMutualTls(route, index, listeners)], warnings };
  });
  return {
    findings: results.flatMap(({ findings }) => findings),
    warnings: results.flatMap(({ warnings }) => warnings),
  };
}
