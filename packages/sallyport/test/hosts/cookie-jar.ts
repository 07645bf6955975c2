/** Cookies as a browser keeps them for one site. */
export class CookieJar {
  readonly #cookies = new Map<string, string>();

  /** Requests without following redirects. */
  async fetch(url: string, init: RequestInit = {}): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = new Headers(init.headers);
    headers.set("cookie", cookie);
    const response = await fetch(url, { ...init, redirect: "manual", headers });
    for (const line of response.headers.getSetCookie()) {
      const [name = "", value = ""] = (line.split(";", 1)[0] ?? "").split("=", 2);
      if (value === "") this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return response;
  }

  /** Follows redirects until one leaves the site; answers where it leads. */
  async follow(url: string): Promise<URL> {
    const { origin } = new URL(url);
    let next = new URL(url);
    while (next.origin === origin) {
      const response = await this.fetch(next.href);
      const location = response.headers.get("location");
      if (location === null)
        throw new Error(`${next.href} answered ${response.status}: ${await response.text()}`);
      next = new URL(location, next);
    }
    return next;
  }
}
