import { crc32 } from "node:zlib";
import { alphabet, type CorpusRandom } from "./corpus-random.ts";
import type { LeakValue } from "./leak-sample.ts";

type Make = (random: CorpusRandom) => string;

// Every body below is made when the corpus is loaded. No whole credential stands in this file, not even a made-up one.
const { alnum, hex, base64, url, upper, upperAlnum, lowerAlnum, base32, lower } = alphabet;
const body =
  (prefix: string, length: number, letters: string): Make =>
  (random) =>
    prefix + random.text(length, letters);

/** Base 62, six digits, as GitHub writes its checksum. */
function base62(value: number): string {
  let rest = value;
  let text = "";
  for (let index = 0; index < 6; index++) {
    text = `${"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".charAt(rest % 62)}${text}`;
    rest = Math.floor(rest / 62);
  }
  return text;
}

const checked =
  (prefix: string): Make =>
  (random) => {
    const thirty = random.text(30, alnum);
    return prefix + thirty + base62(crc32(thirty));
  };

const slackApp: Make = (random) =>
  `xapp-1-A${random.text(10, upperAlnum)}-${random.digits(13)}-${random.text(64, hex)}`;
const slackHook: Make = (random) =>
  `https://hooks.slack.com/services/T${random.text(10, upperAlnum)}/B${random.text(10, upperAlnum)}/${random.text(24, alnum)}`;

/** Each detector's forms. What provider issues which is published by the provider, or by GitHub's list of secret scanning. */
const forms: Readonly<Record<string, readonly Make[]>> = {
  "aws-access-key": [body("AKIA", 16, base32), body("ASIA", 16, base32)],
  "aws-secret-key": [(random) => random.text(40, base64)],
  "google-api-key": [body("AIza", 35, url)],
  "google-oauth": [body("GOCSPX-", 28, url), body("ya29.", 180, url)],
  "azure-storage-key": [
    (random) =>
      `DefaultEndpointsProtocol=https;AccountName=${random.text(10, lowerAlnum)};AccountKey=${random.text(86, base64)}==;EndpointSuffix=core.windows.net`,
  ],
  "azure-client-secret": [(random) => `${random.text(3, alnum)}8Q~${random.text(34, url)}`],
  github: [
    checked("ghp_"),
    checked("gho_"),
    checked("ghu_"),
    checked("ghs_"),
    checked("ghr_"),
    (random) => `github_pat_${random.text(22, alnum)}_${random.text(59, alnum)}`,
  ],
  gitlab: [
    body("glpat-", 20, url),
    body("gldt-", 20, url),
    body("glrt-", 20, url),
    body("glptt-", 40, hex),
    (random) => `glpat-${random.text(27, url)}.01.${random.text(9, lowerAlnum)}`,
  ],
  slack: [
    (random) => `xoxb-${random.digits(12)}-${random.digits(13)}-${random.text(24, alnum)}`,
    (random) => `xoxp-${random.digits(12)}-${random.digits(12)}-${random.digits(13)}-${random.text(32, hex)}`,
    slackApp,
    slackHook,
  ],
  stripe: [
    body("sk_live_", 24, alnum),
    body("rk_live_", 24, alnum),
    body("sk_test_", 99, alnum),
    body("whsec_", 32, alnum),
  ],
  twilio: [body("SK", 32, hex)],
  sendgrid: [(random) => `SG.${random.text(22, url)}.${random.text(43, url)}`],
  npm: [checked("npm_")],
  pypi: [body("pypi-AgEIcHlwaS5vcmc", 140, url)],
  openai: [
    (random) => `sk-${random.text(20, alnum)}T3BlbkFJ${random.text(20, alnum)}`,
    (random) => `sk-proj-${random.text(74, url)}T3BlbkFJ${random.text(74, url)}`,
    (random) => `sk-svcacct-${random.text(74, url)}T3BlbkFJ${random.text(74, url)}`,
  ],
  anthropic: [
    (random) => `sk-ant-api03-${random.text(93, url)}AA`,
    (random) => `sk-ant-admin01-${random.text(93, url)}AA`,
  ],
  shopify: [
    body("shpat_", 32, hex),
    body("shpca_", 32, hex),
    body("shppa_", 32, hex),
    body("shpss_", 32, hex),
  ],
  digitalocean: [body("dop_v1_", 64, hex), body("doo_v1_", 64, hex), body("dor_v1_", 64, hex)],
  telegram: [(random) => `${random.between(100_000_000, 7_999_999_999)}:AA${random.text(33, url)}`],
  mailgun: [body("key-", 32, hex)],
  mailchimp: [(random) => `${random.text(32, hex)}-us${random.between(1, 21)}`],
  discord: [
    (random) =>
      `${random.pick(["M", "N", "O"])}T${random.text(22, alnum)}.${random.text(6, url)}.${random.text(38, url)}`,
    (random) => `https://discord.com/api/webhooks/${random.digits(18)}/${random.text(68, url)}`,
  ],
  vault: [body("hvs.", 95, url)],
  terraform: [(random) => `${random.text(14, alnum)}.atlasv1.${random.text(67, url)}`],
  databricks: [body("dapi", 32, hex)],
  "new-relic": [body("NRAK-", 27, upperAlnum)],
  square: [body("sq0atp-", 22, url), body("sq0csp-", 43, url)],
  linear: [body("lin_api_", 40, alnum)],
  notion: [body("ntn_", 46, alnum)],
  figma: [body("figd_", 40, url)],
  postman: [(random) => `PMAK-${random.text(24, hex)}-${random.text(34, hex)}`],
  grafana: [(random) => `glsa_${random.text(32, alnum)}_${random.text(8, hex)}`],
  "hugging-face": [body("hf_", 34, alphabet.lower + upper)],
  supabase: [body("sbp_", 40, hex)],
  planetscale: [body("pscale_tkn_", 43, url)],
  airtable: [(random) => `pat${random.text(14, alnum)}.${random.text(64, hex)}`],
  sentry: [body("sntryu_", 64, hex)],
  docker: [body("dckr_pat_", 27, url)],
  atlassian: [(random) => `ATATT3xFfGF0${random.text(176, url)}=${random.text(8, upperAlnum)}`],
  pulumi: [body("pul-", 40, hex)],
  groq: [body("gsk_", 52, alnum)],
  perplexity: [body("pplx-", 48, alnum)],
  brevo: [(random) => `xkeysib-${random.text(64, hex)}-${random.text(16, alnum)}`],
  rubygems: [body("rubygems_", 48, hex)],
  doppler: [body("dp.pt.", 43, alnum)],
  heroku: [body("HRKU-AA", 58, url)],
  tailscale: [(random) => `tskey-auth-${random.text(12, alnum)}CNTRL-${random.text(32, alnum)}`],
  age: [body("AGE-SECRET-KEY-1", 58, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L")],
  jwt: [],
};

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A signed JWT as issuers make them, with claims of its own. */
function jwt(random: CorpusRandom): string {
  const alg = random.pick(["HS256", "RS256", "ES256", "EdDSA"]);
  const header = random.pick([
    { alg, typ: "JWT" },
    { typ: "JWT", alg },
    { alg, kid: random.text(8, hex), typ: "at+jwt" },
    { kid: random.text(27, url), alg },
  ]);
  const claims = random.pick([
    { sub: random.digits(10), name: "Ann Example", iat: 1_764_400_000 },
    { iss: "https://id.example.com", aud: "chat", exp: 1_764_400_900, sub: random.text(12, lower) },
  ]);
  return `${encode(header)}.${encode(claims)}.${random.text(alg === "RS256" ? 342 : alg === "HS256" ? 43 : 86, url)}`;
}

const names: Readonly<Record<string, readonly [label: string, field: string]>> = {
  "aws-secret-key": ["AWS secret access key", "aws_secret_access_key"],
  jwt: ["token", "accessJwt"],
};

/** Credentials by detector: 105 of each. */
export function credentialValues(random: CorpusRandom): readonly LeakValue[] {
  return Object.entries(forms).flatMap(([detector, makers]) => {
    const [label, field] = names[detector] ?? ["key", "value"];
    const all = detector === "jwt" ? [jwt] : makers;
    return Array.from({ length: 105 }, (_, index) => {
      const form = Math.floor(index / 13) % all.length;
      const value = all[form]?.(random) ?? "";
      return { detector, kind: `form ${form + 1}`, value, label, field, bare: detector !== "aws-secret-key" };
    });
  });
}

const pems = [
  "PRIVATE KEY",
  "RSA PRIVATE KEY",
  "EC PRIVATE KEY",
  "DSA PRIVATE KEY",
  "OPENSSH PRIVATE KEY",
  "ENCRYPTED PRIVATE KEY",
  "PGP PRIVATE KEY BLOCK",
];

function pem(kind: string, random: CorpusRandom): string {
  const lines = Array.from({ length: random.between(2, 24) }, () => random.text(64, base64));
  const head = kind.startsWith("PGP")
    ? "Version: 1\n\n"
    : kind === "RSA PRIVATE KEY" && random.between(0, 3) === 0
      ? `Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,${random.text(32, "0123456789ABCDEF")}\n\n`
      : "";
  return `-----BEGIN ${kind}-----\n${head}${lines.join("\n")}\n${random.text(40, base64)}==\n-----END ${kind}-----\n`;
}

/** Private keys in PEM of every kind, with line breaks, and as one line of base64. */
export function privateKeyValues(random: CorpusRandom): readonly LeakValue[] {
  return Array.from({ length: 112 }, (_, index) => {
    const kind = pems[index % pems.length] ?? "PRIVATE KEY";
    const value = pem(kind, random);
    const carried = index % 8 === 7 ? value.replaceAll("\n", "\r\n") : value;
    return { detector: "private-key", kind, value: carried, label: "key", field: "data", bare: true };
  });
}

const weak = [
  "hunter2",
  "Summer2026!",
  "correct-horse-battery",
  "P@ssw0rd",
  "letmein99",
  "qwerty123",
  "S3cr3t#Key",
  "winter_is_coming7",
];

/** Passwords in fields and texts that say so. */
export function passwordValues(random: CorpusRandom): readonly LeakValue[] {
  const fields = [
    "password",
    "passwd",
    "pwd",
    "userPassword",
    "db_password",
    "passphrase",
    "client_secret",
    "apiKey",
    "secretKey",
    "new_password",
  ];
  return Array.from({ length: 130 }, (_, index) => {
    const strong = `${random.text(10, alnum)}${random.pick(["!", "#", "$", "%", "-", "_", "7", "9"])}${random.between(10, 99)}`;
    const value = index % 3 === 0 ? random.pick(weak) : strong;
    const field = fields[index % fields.length] ?? "password";
    return { detector: "password", kind: field, value, label: "password", field, bare: false };
  });
}
