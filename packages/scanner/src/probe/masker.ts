/** What a text is shown as, with secrets in it masked. */
export type Masker = (text: string) => string;

const MASK = "[masked]";
/** Shorter than this, a value is a word that stands everywhere. */
const SHORTEST = 4;
/** What tokens are made of, and what one begins with: JSON, as Base64 has it. */
const TOKEN_RUN = /[\w.-]{13,}/g;
const TOKEN_START = /\beyJ[\w-]{8,}$/;
/** A cookie's name is cut there, so that a text of nothing but names takes no longer than it is long. */
const COOKIE = /((?:set-)?cookie: *[^=;\s]{1,128}=)[^;\r\n]+/gi;
const QUERY = /([?&](?:[\w-]*token|jwt|ticket|key|secret|password|auth|sid|session)=)[^&\s#]+/gi;

/** What a secret that comes while the scan runs is looked up by: as much of it as stands in one piece. */
const RUN = /[\w-]{8,}/g;

/** Secrets that come while the scan runs, such as tickets: however many, a line is masked in one pass. */
export class FreshSecrets {
  readonly #runs = new Set<string>();

  /** Whatever is masked by it from now on has no trace of the secret, but of parts shorter than eight characters. */
  add(secret: string): void {
    for (const form of [secret, encodeURIComponent(secret)])
      for (const [run] of form.matchAll(RUN)) this.#runs.add(run);
  }

  /** The text without them. */
  mask(text: string): string {
    return this.#runs.size === 0 ? text : text.replaceAll(RUN, (run) => (this.#runs.has(run) ? MASK : run));
  }
}

/** Makes what masks these secrets, in whatever form they are sent, and besides whatever looks like a token or a cookie's value. */
export function createMasker(secrets: readonly string[], fresh: FreshSecrets = new FreshSecrets()): Masker {
  const forms = secrets
    .filter(({ length }) => length >= SHORTEST)
    .flatMap((secret) => [secret, encodeURIComponent(secret), Buffer.from(secret).toString("base64")])
    .sort((one, other) => other.length - one.length);
  return (text) =>
    forms
      .reduce((masked, form) => masked.replaceAll(form, MASK), fresh.mask(text))
      .replaceAll(TOKEN_RUN, maskTokens)
      .replaceAll(COOKIE, `$1${MASK}`)
      .replaceAll(QUERY, `$1${MASK}`);
}

/**
 * Masks the tokens in a run of their letters: a part that begins as one does, the next, and the one behind that. By hand, since an expression
 * looks from each beginning to the end again, and the text is a target's (CWE-1333).
 */
function maskTokens(run: string): string {
  if (!run.includes("eyJ")) return run;
  const parts = run.split(".");
  const kept: string[] = [];
  for (let at = 0; at < parts.length; at += 1) {
    const part = parts[at] ?? "";
    const start = part.search(TOKEN_START);
    const isToken = start >= 0 && (parts[at + 1] ?? "") !== "";
    kept.push(isToken ? `${part.slice(0, start)}${MASK}` : part);
    if (isToken) at += 2;
  }
  return kept.join(".");
}
