import { domainToUnicode } from "node:url";

/** A shorter name is in too many others. */
const LEAST_LABEL = 5;
/** Services that show a page under a name of theirs that has the page's in it. */
const MIRRORS: readonly string[] = [".translate.goog", ".cdn.ampproject.org", ".googleusercontent.com"];
const CONFUSED: readonly (readonly [RegExp, string])[] = [
  [/rn/g, "m"],
  [/vv/g, "w"],
  [/[1i|]/g, "l"],
  [/0/g, "o"],
  [/3/g, "e"],
  [/4/g, "a"],
  [/5/g, "s"],
  [/[\u0430\u03b1]/g, "a"],
  [/\u0435/g, "e"],
  [/[\u043e\u03bf]/g, "o"],
  [/[\u0440\u03c1]/g, "p"],
  [/\u0441/g, "c"],
  [/\u0445/g, "x"],
  [/[\u0443\u03b3]/g, "y"],
  [/[\u0456\u03b9\u04cf\u0131]/g, "l"],
  [/\u0455/g, "s"],
  [/[\u0501]/g, "d"],
  [/\u0578/g, "n"],
];

/** The host of an origin, in lower case, without port and without the dot of a whole name; `null` for `null` and for what is no origin. */
export function hostOfOrigin(origin: string): string | null {
  const [, host = ""] = /^[a-z][a-z0-9+.-]*:\/\/([^/:@\s]{1,253})(?::\d{1,5})?$/i.exec(origin) ?? [];
  return host === "" ? null : host.toLowerCase().replace(/\.$/, "");
}

/** A host, and what is compared of it: worked out once for each that is known. */
export interface ComparedHost {
  readonly host: string;
  /** The name of its site, and that name with its ending; `null` for addresses and single names. */
  readonly site: { readonly label: string; readonly folded: string; readonly text: string } | null;
}

/** Works out what is compared of a host. */
export function comparedHost(host: string): ComparedHost {
  // Without a list of public suffixes: of `example.co.uk` the site is taken to be `co.uk`, whose label is too short to resemble.
  const labels = host.split(".");
  const label = labels.at(-2);
  const ending = labels.at(-1) ?? "";
  if (label === undefined || /^\d*$/.test(ending) || host.startsWith("[")) return { host, site: null };
  return { host, site: { label, folded: fold(label), text: `${label}.${ending}` } };
}

/**
 * Whether a host is made to be taken for another: it has the other's whole name in it, or the name of its site with another ending,
 * with more to it, with letters that look alike, or with one letter wrong. Another host of the same site does not, nor does an
 * address, nor a service that translates pages.
 */
export function looksAlike(
  { host, site: other }: ComparedHost,
  { host: known, site }: ComparedHost,
): boolean {
  if (site === null || other === null || site.text === other.text) return false;
  if (MIRRORS.some((mirror) => host.endsWith(mirror))) return false;
  if (host.includes(known)) return true;
  if (site.label.length < LEAST_LABEL) return false;
  return (
    host.includes(known.replaceAll(".", "-")) ||
    host
      .split(".")
      .slice(0, -1)
      .some((label) => label.includes(site.label)) ||
    other.folded.includes(site.folded) ||
    areOneApart(other.folded, site.folded)
  );
}

function fold(label: string): string {
  // Letters of other alphabets (UTS 39), and letters with something above or below them.
  const shown = label.startsWith("xn--")
    ? domainToUnicode(label).normalize("NFKD").replaceAll(/\p{M}/gu, "")
    : label;
  return CONFUSED.reduce((text, [from, to]) => text.replaceAll(from, to), shown);
}

/** Whether one letter more, less or other, or two that changed places, make one of the other. */
function areOneApart(left: string, right: string): boolean {
  let start = 0;
  while (start < left.length && left[start] === right[start]) start += 1;
  const restLeft = left.slice(start);
  const restRight = right.slice(start);
  if (restLeft.slice(1) === restRight.slice(1)) return true;
  if (restLeft.slice(1) === restRight || restRight.slice(1) === restLeft) return true;
  const isSwapped = restLeft[0] === restRight[1] && restLeft[1] === restRight[0];
  return isSwapped && restLeft.slice(2) === restRight.slice(2);
}
