/** What a text is shown as, with secrets in it masked. */
export type Masker = (text: string) => string;

const MASK = "[masked]";
/** Shorter than this, a value is a word that stands everywhere. */
const SHORTEST = 4;
const TOKEN = /\beyJ[\w-]{8,}\.[\w-]+\.?[\w-]*/g;
const COOKIE = /((?:set-)?cookie: *[^=;\s]+=)[^;\r\n]+/gi;
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
      .replaceAll(TOKEN, MASK)
      .replaceAll(COOKIE, `$1${MASK}`)
      .replaceAll(QUERY, `$1${MASK}`);
}
