/** What a text is shown as, with secrets in it masked. */
export type Masker = (text: string) => string;

const MASK = "[masked]";
/** Shorter than this, a value is a word that stands everywhere. */
const SHORTEST = 4;
const TOKEN = /\beyJ[\w-]{8,}\.[\w-]+\.?[\w-]*/g;
const COOKIE = /((?:set-)?cookie: *[^=;\s]+=)[^;\r\n]+/gi;
const QUERY = /([?&](?:[\w-]*token|jwt|ticket|key|secret|password|auth|sid|session)=)[^&\s#]+/gi;

/** Makes what masks these secrets, in whatever form they are sent, and besides whatever looks like a token or a cookie's value. */
export function createMasker(secrets: readonly string[]): Masker {
  const forms = secrets
    .filter(({ length }) => length >= SHORTEST)
    .flatMap((secret) => [secret, encodeURIComponent(secret), Buffer.from(secret).toString("base64")])
    .sort((one, other) => other.length - one.length);
  return (text) =>
    forms
      .reduce((masked, form) => masked.replaceAll(form, MASK), text)
      .replaceAll(TOKEN, MASK)
      .replaceAll(COOKIE, `$1${MASK}`)
      .replaceAll(QUERY, `$1${MASK}`);
}
