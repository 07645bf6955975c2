import { testRule } from "../../test/test-rule.ts";

testRule("no-unverified-tls", {
  valid: [
    "new WebSocket(url, { ca });",
    "new WebSocket(url, { rejectUnauthorized: true });",
    "https.createServer({ key, cert, requestCert: true, rejectUnauthorized: false });",
    "new WebSocket(url, { checkServerIdentity: (host, cert) => tls.checkServerIdentity(name, cert) });",
    'new WebSocket(url, { checkServerIdentity(host, cert) { if (cert.fingerprint256 !== pin) return new Error("pin"); return undefined; } });',
    'process.env.NODE_TLS_REJECT_UNAUTHORIZED = "1";',
  ],
  invalid: [
    { code: "new WebSocket(url, { rejectUnauthorized: false });", errors: ["unverified"] },
    { code: "options.rejectUnauthorized = false;", errors: ["unverified"] },
    { code: 'process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";', errors: ["process"] },
    { code: 'process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = 0 as never;', errors: ["process"] },
    { code: 'spawn("node", [], { env: { NODE_TLS_REJECT_UNAUTHORIZED: "0" } });', errors: ["process"] },
    { code: "new WebSocket(url, { checkServerIdentity: () => undefined });", errors: ["identity"] },
    { code: "new WebSocket(url, { checkServerIdentity() { return undefined; } });", errors: ["identity"] },
    { code: "new WebSocket(url, { checkServerIdentity: () => {} });", errors: ["identity"] },
  ],
});
