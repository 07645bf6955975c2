import type { IncomingHttpHeaders } from "node:http";
import { isLoopback } from "../../guards/loopback.ts";
import { parseHost } from "../../protocol/host.ts";

/** Which hosts and pages are the admin address's own. */
export class OwnPage {
  readonly #loopback: boolean;
  readonly #url: string | null;

  /** @param host that it listens on. @param url by which browsers call it; `null`: by its own address */
  constructor(host: string, url: string | null) {
    this.#loopback = isLoopback(host);
    this.#url = url;
  }

  /** Whether there can be a dashboard: elsewhere than on loopback browsers need to call it by https. */
  get isKnown(): boolean {
    return this.#loopback || this.#url !== null;
  }

  /** Whether a Host is one that we serve: else a page came here by DNS rebinding. On other addresses than loopback every one is, where no `url` says more. */
  servesHost(host: string | undefined): boolean {
    if (host !== undefined && this.#url !== null && host.toLowerCase() === new URL(this.#url).host)
      return true;
    return !this.#loopback || isLoopbackHost(host);
  }

  /** Whether an Origin is that of the dashboard, as it was called: by `url`, or by an address of loopback. */
  isOrigin(origin: string, host: string | undefined): boolean {
    if (origin === this.#url) return true;
    return this.#loopback && isLoopbackHost(host) && origin === `http://${host?.toLowerCase()}`;
  }

  /** The origin by which the dashboard is called now. The Host must be one that is served. */
  originOf(host: string | undefined): string {
    const isUrl = this.#url !== null && (!this.#loopback || !isLoopbackHost(host));
    return isUrl ? (this.#url ?? "") : `http://${host?.toLowerCase()}`;
  }

  /**
   * Whether a request is one of the dashboard's own page: no form and no link of another page can add a field of ours, no script of
   * another page may (Fetch 4.1), and browsers say whose it is.
   */
  isOwnRequest(headers: IncomingHttpHeaders): boolean {
    const { origin, host, "sec-fetch-site": site, "sallyport-request": own } = headers;
    if (own !== "1") return false;
    if (site !== undefined && site !== "same-origin") return false;
    return origin === undefined || this.isOrigin(origin, host);
  }

  /** The origins of `isOrigin`, at a port, for a list. */
  origins(port: number): readonly string[] {
    const near = ["localhost", "127.0.0.1", "[::1]"].map((name) => new URL(`http://${name}:${port}`).origin);
    return [...(this.#url === null ? [] : [this.#url]), ...(this.#loopback ? near : [])];
  }
}

function isLoopbackHost(value: string | undefined): boolean {
  const parsed = parseHost(value ?? "");
  return parsed.ok && (parsed.host === "localhost" || isLoopback(parsed.host.replace(/^\[(.*)\]$/, "$1")));
}
