import type { BrowserContext, BrowserContextOptions } from "playwright-core";
import { type AttackerSite, BEACON } from "../probe/attacker-site.ts";
import type { Masker } from "../probe/masker.ts";
import type { CookiesAlong } from "./cookies-along.ts";
import type { Opening } from "./known-to-strangers.ts";
import { type OpenBrowser, openBrowser, type ThirdPartyCookies } from "./open-browser.ts";
import { ATTACKER_HOST, type OtherPage } from "./other-pages.ts";
import { type SocketTrial, TrialPage } from "./try-socket.ts";

/** What a browser remembers of a user: cookies and local storage, as Playwright writes them. */
export type StorageState = Exclude<NonNullable<BrowserContextOptions["storageState"]>, string>;

/** How trials are made in one browser. */
export interface StageOptions {
  readonly path: string;
  readonly thirdParty: ThirdPartyCookies;
  /** Put behind the browser's own user agent. */
  readonly userAgent: string;
  readonly quietMs: number;
}

/** From where sockets are tried, and how the evidence calls that. */
export interface TrialPlace {
  readonly context: BrowserContext;
  readonly page: OtherPage;
  readonly about: string;
  /** Which of the user's cookies go along with each socket; undefined: the handshakes show it. */
  readonly along?: readonly CookiesAlong[];
}

const BLANK = "<!doctype html><meta charset=utf-8><title>sallyport-scan</title>";

/** One browser, in which users have their own memory and sockets are tried from pages. */
export class TrialStage {
  readonly name: string;
  readonly #open: OpenBrowser;
  readonly #options: StageOptions;

  private constructor(open: OpenBrowser, options: StageOptions) {
    this.#open = open;
    this.#options = options;
    this.name = `Chromium ${open.browser.version()}`;
  }

  /** Starts the browser. Rejects where it does not start. */
  static async start(options: StageOptions): Promise<TrialStage> {
    return new TrialStage(await openBrowser(options.path, options.thirdParty), options);
  }

  /** A user: with what the browser remembers of them, or nobody in particular. Certificates are not judged here; checks of their own do. */
  async user(storageState: StorageState | null): Promise<BrowserContext> {
    const context = await this.#open.browser.newContext({
      ignoreHTTPSErrors: true,
      serviceWorkers: "block",
      acceptDownloads: false,
      userAgent: this.#userAgent(),
      ...(storageState === null ? {} : { storageState }),
    });
    // Pages that the browser makes up count as pages of the internet, which have to ask before they reach this machine. Older ones do not.
    await context.grantPermissions(["local-network-access"]).catch(() => undefined);
    return context;
  }

  /** Tries sockets from one page, at once; the trials in the same order. */
  async try(
    { context, page: { url, isMadeUp }, about, along }: TrialPlace,
    openings: readonly Opening[],
    mask: Masker,
  ): Promise<readonly SocketTrial[]> {
    const page = await context.newPage();
    try {
      // A page that has been closed meanwhile takes none, and nobody waits for that.
      if (isMadeUp)
        await page.route(url, (route) =>
          route.fulfill({ contentType: "text/html", body: BLANK }).catch(() => undefined),
        );
      const trials = new TrialPage(page);
      await trials.goTo(url);
      const { quietMs } = this.#options;
      return await Promise.all(
        openings.map((opening, at) => trials.try(opening, { quietMs, mask, about, along: along?.[at] })),
      );
    } finally {
      await page.close();
    }
  }

  /** Whether this browser sends a cookie of one site with the request of another site's page: measured with the scanner's own. */
  async sendsThirdPartyCookies(context: BrowserContext, site: AttackerSite): Promise<boolean> {
    const page = await context.newPage();
    try {
      const beacon = `${site.origin("sallyport-own.localhost")}${BEACON}`;
      await page.goto(beacon);
      await page.goto(site.origin(ATTACKER_HOST));
      await page.evaluate(`fetch(${JSON.stringify(beacon)}, { mode: "no-cors", credentials: "include" })`);
      return site.beacons.at(-1) ?? false;
    } finally {
      await page.close();
    }
  }

  close(): Promise<void> {
    return this.#open.close();
  }

  #userAgent(): string {
    const [major = "0"] = this.#open.browser.version().split(".");
    return `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${major}.0.0.0 Safari/537.36 ${this.#options.userAgent}`;
  }
}
