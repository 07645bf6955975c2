import { alphabet, type CorpusRandom } from "./corpus-random.ts";
import type { LeakValue } from "./leak-sample.ts";

// Of detectors that came when the corpus was frozen already. As there, every body is made when this loads, by the form that its provider
// publishes, and none was made with a look at a detector.
const { alnum, hex, base64, url, base32, lowerAlnum } = alphabet;

type Make = (random: CorpusRandom) => string;

/** What people call a value, how a field with it is called, and its forms. */
type Later = readonly [label: string, field: string, forms: readonly Make[]];

const body =
  (prefix: string, length: number, letters: string): Make =>
  (random) =>
    prefix + random.text(length, letters);

const dynatrace =
  (prefix: string): Make =>
  (random) =>
    `${prefix}.${random.text(24, base32)}.${random.text(64, base32)}`;

const address =
  (scheme: string, user = "app"): Make =>
  (random) =>
    `${scheme}://${user}:${random.text(random.between(8, 32), url)}@db-${random.digits(2)}.example.net:5432/app`;

const langsmith =
  (prefix: string): Make =>
  (random) =>
    `${prefix}${random.text(32, hex)}_${random.text(10, hex)}`;

const two = (value: number): string => String(value).padStart(2, "0");

/** A personal identity code of Finland, of somebody born in this century. */
const hetu: Make = (random) => {
  const date = `${two(random.between(1, 28))}${two(random.between(1, 12))}${two(random.between(0, 24))}`;
  const number = String(random.between(2, 899)).padStart(3, "0");
  return `${date}A${number}${"0123456789ABCDEFHJKLMNPRSTUVWXY"[Number(date + number) % 31] ?? ""}`;
};

const later: Readonly<Record<string, Later>> = {
  "fi-hetu-2000": ["henkilötunnus", "hetu", [hetu]],
  cloudflare: [
    "origin CA key",
    "originKey",
    [(random) => `v1.0-${random.text(24, hex)}-${random.text(146, hex)}`],
  ],
  fly: [
    "Fly token",
    "flyToken",
    [body("fm2_", 180, base64), body("fm1_", 120, base64), body("fo1_", 43, url)],
  ],
  flutterwave: [
    "Flutterwave key",
    "flutterwaveKey",
    [
      (random) => `FLWSECK_TEST-${random.text(32, hex)}-X`,
      (random) => `FLWSECK-${random.text(32, hex)}-X`,
      body("FLWSECK_TEST-", 12, hex),
    ],
  ],
  easypost: ["EasyPost key", "easypostKey", [body("EZAK", 54, alnum), body("EZTK", 54, alnum)]],
  dynatrace: ["Dynatrace token", "dynatraceToken", [dynatrace("dt0c01"), dynatrace("dt0s01")]],
  alibaba: ["access key id", "accessKeyId", [body("LTAI", 20, alnum), body("LTAI", 16, alnum)]],
  xai: ["xAI key", "xaiKey", [body("xai-", 80, alnum)]],
  replicate: ["Replicate token", "replicateToken", [body("r8_", 37, alnum)]],
  resend: ["Resend key", "resendKey", [(random) => `re_${random.text(8, alnum)}_${random.text(24, alnum)}`]],
  openrouter: ["OpenRouter key", "openrouterKey", [body("sk-or-v1-", 64, hex)]],
  nvidia: ["NVIDIA key", "nvidiaKey", [body("nvapi-", 64, url)]],
  langsmith: ["LangSmith key", "langsmithKey", [langsmith("lsv2_pt_"), langsmith("lsv2_sk_")]],
  buildkite: ["Buildkite token", "buildkiteToken", [body("bkua_", 40, hex), body("bkct_", 40, alnum)]],
  facebook: ["Facebook token", "facebookToken", [body("EAAC", 160, alnum), body("EAAC", 220, alnum)]],
  clojars: ["Clojars token", "clojarsToken", [body("CLOJARS_", 60, lowerAlnum)]],
  "crates-io": ["crates.io token", "cratesToken", [body("cio", 32, alnum)]],
  "url-password": [
    "database",
    "databaseUrl",
    [address("postgres"), address("mysql"), address("mongodb+srv"), address("redis", "")],
  ],
  "1password": ["service account token", "opToken", [body("ops_eyJ", 800, url), body("ops_eyJ", 300, url)]],
};

/** A hundred values of each such detector. */
export function laterValues(random: CorpusRandom): readonly LeakValue[] {
  return Object.entries(later).flatMap(([detector, [label, field, forms]]) =>
    Array.from({ length: 105 }, (_, index): LeakValue => {
      const form = Math.floor(index / 13) % forms.length;
      const value = forms[form]?.(random) ?? "";
      return { detector, kind: `form ${form + 1}`, value, label, field, bare: true };
    }),
  );
}
