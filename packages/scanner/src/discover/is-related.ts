import { isIP } from "node:net";

/** Suffixes under which anybody has a name of their own, as far as their shape tells: `co.uk`. */
const SHARED_SUFFIX = /^(?:ac|co|com|edu|gov|net|ne|or|org)\.[a-z]{2}$/;

/**
 * Whether two hosts belong to the same operator, as far as names tell: the same, one below the other, or both below a domain that is one's own.
 * What is not related is never tried: a page's sockets may lead to somebody else's service.
 */
export function isRelated(one: string, other: string): boolean {
  if (one === other || one.endsWith(`.${other}`) || other.endsWith(`.${one}`)) return true;
  if (isLoopbackName(one) && isLoopbackName(other)) return true;
  if (isIP(one) !== 0 || isIP(other) !== 0) return false;
  const [first, second] = [one, other].map((host) => host.split(".").slice(-3));
  const common = (count: number): string | null => {
    const suffix = first?.slice(-count).join(".");
    return suffix === second?.slice(-count).join(".") && suffix?.split(".").length === count ? suffix : null;
  };
  const two = common(2);
  return two !== null && (!SHARED_SUFFIX.test(two) || common(3) !== null);
}

function isLoopbackName(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || host.startsWith("127.") || host === "[::1]";
}
