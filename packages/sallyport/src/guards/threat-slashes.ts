const SPACE = 0x20;
const QUOTE = 0x22;
const ASTERISK = 0x2a;
const DOT = 0x2e;
const SLASH = 0x2f;
const NINE = 0x39;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
const AT = 0x40;
const BACKSLASH = 0x5c;
/** The longest that stands before the `@` of an address. */
export const MAX_USER: number = 100;

/** Last labels of names that only an inner network knows. */
const INNER_LABELS =
  "internal local localdomain lan corp intranet home private consul svc default localhost".split(" ");
/** Public names that lead inwards, or tell who asked. */
const TELLING_DOMAINS =
  "nip.io sslip.io xip.io localtest.me lvh.me vcap.me lacolhost.com fbi.com rbndr.us rebind.network rebind.it 1u.ms burpcollaborator.net oastify.com oast.fun oast.me oast.pro oast.live oast.site oast.online interact.sh dnslog.cn ceye.io requestbin.net localho.st yoogle.com".split(
    " ",
  );
const INNER: ReadonlySet<string> = new Set([...INNER_LABELS, ...TELLING_DOMAINS]);

/** Length and first letter of a name, to look most of them up by a number. */
const shape = (length: number, first: number): number => (length << 7) | ((first | 0x20) & 0x7f);
const LONGEST = Math.max(...[...INNER].map(({ length }) => length));
/** 1 for the length and the first letter of each of them: the length times 128, and the letter in lower case. */
export const innerShapes: Uint8Array = new Uint8Array((LONGEST + 1) << 7);
for (const name of INNER) innerShapes[shape(name.length, name.charCodeAt(0))] = 1;

/** What follows a slash in the paths of systems and in comments. */
const FOLLOWING =
  "etc/|proc/|bin/|sbin/|var/(?:log|www|run|lib|spool|mail)|root/|dev/(?:tcp|udp)|usr/(?:bin|local|sbin|etc)|boot/|\\.[a-z.]|\\*|web-inf|meta-inf|@fs|tmp/|sys/|id_[rde]|logs?[/\\\\]|opt/|apache|xampp|lampp|inetpub|program files|\\?\\?|windows|winnt|cgi-|wp-config|system32|latest/|computemeta|[ckr] |\\\\";
const PRECEDING =
  "(?<=\\b(?:file|gopher|dict|jar|php|phar|zip|expect|glob|ldap|ldaps|ldapi|tftp|sftp|netdoc|rmi|smb|ftp|telnet|data|nfs|rar|ogg|zlib|exec|imap|pop3|smtp|redis|mysql|mongodb|postgres|memcached|javascript):/)|(?<=\\.\\./)|(?<=\\.\\.;/)|(?<=~\\w{0,20}/)|(?<=\\b[c-f]:/)";
const CLOSE = new RegExp(`/(?:${FOLLOWING}|${PRECEDING})`, "iy");

/** The expressions over a peer's text, for the test that proves them linear. */
export const slashPatterns: readonly RegExp[] = [CLOSE];

/** The two characters behind a slash with which `FOLLOWING` begins, as one number of fourteen bits. */
const pair = (first: number, second: number): number => ((first & 0x7f) << 7) | (second & 0x7f);

/** How those words begin. */
const BEGINNINGS =
  "et,pr,bi,sb,va,ro,de,us,bo,we,me,@f,tm,sy,id,lo,op,ap,xa,la,in,??,wi,cg,wp,co,c ,k ,r ".split(",");

function createPairs(): Uint8Array {
  const pairs = new Uint8Array(1 << 14);
  for (const beginning of BEGINNINGS)
    for (const first of [beginning.charCodeAt(0), beginning.toUpperCase().charCodeAt(0)])
      for (const second of [beginning.charCodeAt(1), beginning.toUpperCase().charCodeAt(1)])
        pairs[pair(first, second)] = 1;
  for (const first of [DOT, ASTERISK, BACKSLASH])
    for (let second = 0; second < 128; second++) pairs[pair(first, second)] = 1;
  return pairs;
}

/** Which two characters behind a slash may begin such a word: 1 for those. */
export const slashPairs: Uint8Array = createPairs();

/** Whether what stands before the slash at a place is `http:` or `https:`, as before most. */
function isWeb(bytes: Uint8Array, slash: number): boolean {
  if (slash < 5) return false;
  const end = bytes[slash - 2] === 0x73 ? slash - 2 : slash - 1;
  return (
    bytes[end - 1] === 0x70 && bytes[end - 2] === 0x74 && bytes[end - 3] === 0x74 && bytes[end - 4] === 0x68
  );
}

function isWorthALook(bytes: Uint8Array, slash: number, hasHome: boolean): boolean {
  const before = slash === 0 ? 0 : bytes[slash - 1];
  if (before === DOT || before === SEMICOLON || hasHome) return true;
  if (before === COLON && !isWeb(bytes, slash)) return true;
  return slashPairs[pair(bytes[slash + 1] ?? 0, bytes[slash + 2] ?? 0)] === 1;
}

/** Characters of names of hosts, and escapes in them: letters, digits, `.`, `-`, `_` and `%`. */
const IN_NAME: Uint8Array = new Uint8Array(128);
for (const char of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_%")
  IN_NAME[char.charCodeAt(0)] = 1;

/** Whether a byte may be of the name of a host, as one beyond ASCII may. */
export const isInHost = (byte: number): boolean => byte >= 0x80 || IN_NAME[byte] === 1;

/** Some ASCII in lower case. */
function asText(bytes: Uint8Array, from: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(from, end)).toLowerCase();
}

function isListed(bytes: Uint8Array, from: number, end: number): boolean {
  if (innerShapes[shape(end - from, bytes[from] ?? 0)] !== 1) return false;
  return INNER.has(asText(bytes, from, end));
}

/**
 * Whether a host that begins at a place is worth a closer look: an address, escapes or letters beyond ASCII, a name without a dot, one
 * that an inner network knows, or one behind a user.
 */
function isOddHost(bytes: Uint8Array, start: number): boolean {
  const first = bytes[start] ?? 0;
  if ((first >= 0x30 && first <= NINE) || first === 0x5b || first === 0x25 || first >= 0x80) return true;
  const limit = Math.min(bytes.length, start + MAX_USER);
  let end = start;
  let dots = 0;
  // Where the last three labels begin.
  let label = start;
  let before = start;
  let beforeThat = start;
  for (let code = first; end < limit && isInHost(code); code = bytes[++end] ?? 0) {
    if (code !== DOT) continue;
    dots++;
    beforeThat = before;
    before = label;
    label = end + 1;
  }
  if (end === start) return hasUser(bytes, end, limit);
  const isRooted = bytes[end - 1] === DOT;
  const last = isRooted ? end - 1 : end;
  if (dots === end - last) return true;
  // One that an inner network knows by its last label, or a telling one by its last two.
  if (
    isListed(bytes, isRooted ? before : label, last) ||
    isListed(bytes, isRooted ? beforeThat : before, last)
  )
    return true;
  return hasUser(bytes, end, limit);
}

/** Whether an `@` follows before a slash, a quote or a space: what stood before it was no host. */
function hasUser(bytes: Uint8Array, from: number, limit: number): boolean {
  for (let at = from; at < limit; at++) {
    const code = bytes[at] ?? 0;
    if (code === AT) return true;
    if (code <= SPACE || code === QUOTE || code === SLASH || code === BACKSLASH) return false;
  }
  return false;
}

/** A text with slashes. */
export interface SlashedText {
  readonly latin1: string;
  /** Of the text, one for each character of it. */
  readonly bytes: Uint8Array;
}

/** Whether something is at a slash: see `hasOddSlash`. @param hasHome whether the text has a `~` */
export function isOddSlash({ latin1, bytes }: SlashedText, at: number, hasHome: boolean): boolean {
  if (bytes[at + 1] === SLASH && isOddHost(bytes, at + 2)) return true;
  if (!isWorthALook(bytes, at, hasHome)) return false;
  CLOSE.lastIndex = at;
  return CLOSE.test(latin1);
}

/**
 * Whether a text may hold a path of a system, a step up, a comment or an address that a server should not be sent to: everything that
 * stands about a slash. Looks at slashes alone, and at a bounded number of characters about each.
 */
export function hasOddSlash(text: SlashedText): boolean {
  const { latin1 } = text;
  const hasHome = latin1.includes("~");
  for (let at = latin1.indexOf("/"); at !== -1; at = latin1.indexOf("/", at + 1))
    if (isOddSlash(text, at, hasHome)) return true;
  return false;
}
