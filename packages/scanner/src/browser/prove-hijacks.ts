import type { BrowserContext } from "playwright-core";
import { isRelated } from "../discover/is-related.ts";
import { type AttackerSite, startAttackerSite } from "../probe/attacker-site.ts";
import { createMasker, type Masker } from "../probe/masker.ts";
import type { BrowserReport, JudgedTrial, SocketProof } from "./browser-evidence.ts";
import { type CookiesAlong, cookiesAlong } from "./cookies-along.ts";
import { describeCookies, describeSocket } from "./describe-observation.ts";
import { judgeTrial } from "./judge-trial.ts";
import { knownToStrangers, type Opening, placeOf, type StrangersOpening } from "./known-to-strangers.ts";
import { type Observation, observePage, openingOf } from "./observe-page.ts";
import { ATTACKER_HOST, type OtherPage, pagesOfSite } from "./other-pages.ts";
import type { SocketRecord } from "./socket-recorder.ts";
import { type StorageState, type TrialPlace, TrialStage } from "./trial-stage.ts";
import type { SocketTrial } from "./try-socket.ts";

/** What is to be proven, and with what. */
export interface ProofOptions {
  readonly page: URL;
  /** The endpoint that alone is to be tried, and how it is opened where the page does not open it; null: those that the page opens. */
  readonly endpoint: Opening | null;
  readonly storageState: StorageState | null;
  /** Where Chromium is. */
  readonly path: string;
  readonly userAgent: string;
  /** How long nothing has to happen on a socket for it to be over. */
  readonly quietMs: number;
  /** The page's host is on this machine or on a network of its own. */
  readonly isLocal: boolean;
}

/** A socket of the application, and what was proven of it. */
export interface ProvenSocket {
  /** How it is opened by whoever knows no secret of the user. */
  readonly opening: StrangersOpening;
  /** The `Cookie` header that the browser would send with it from the application's own page; empty: none. */
  readonly cookies: string;
  readonly proof: SocketProof;
}

/** What a browser saw and proved. */
export interface BrowserFindings {
  readonly report: BrowserReport;
  readonly sockets: readonly ProvenSocket[];
  readonly mask: Masker;
}

/** Sockets of a page that are tried. */
const MAX_SOCKETS = 5;

/**
 * Opens the application's page in Chromium, as its user and as nobody, and then its sockets: from its own page, without a login, from a page of
 * another site and from one of the same site. Only what the page itself says on opening is said. Rejects where there is no browser or it breaks.
 */
export async function proveHijacks(options: ProofOptions): Promise<BrowserFindings> {
  const site = await startAttackerSite();
  try {
    const stage = await TrialStage.start({ ...options, thirdParty: "sent" });
    try {
      return await new Proof(options, stage, site).run();
    } finally {
      await stage.close();
    }
  } finally {
    await site.close();
  }
}

interface Candidate {
  readonly record: SocketRecord | null;
  readonly opening: StrangersOpening;
}

class Proof {
  readonly #options: ProofOptions;
  readonly #stage: TrialStage;
  readonly #site: AttackerSite;

  constructor(options: ProofOptions, stage: TrialStage, site: AttackerSite) {
    this.#options = options;
    this.#stage = stage;
    this.#site = site;
  }

  async run(): Promise<BrowserFindings> {
    const { page, storageState } = this.#options;
    const user = await this.#stage.user(storageState);
    const nobody = await this.#stage.user(null);
    const [seen, common, sendsThirdParty] = await Promise.all([
      observePage(user, page),
      observePage(nobody, page),
      this.#stage.sendsThirdPartyCookies(nobody, this.#site),
    ]);
    const cookies = await user.cookies();
    const mask = createMasker([...cookies.map(({ value }) => value), ...storedValues(storageState)]);
    const isElsewhere = !isRelated(seen.url.hostname, page.hostname);
    const candidates = isElsewhere ? [] : this.#candidates(seen, common);
    const sockets = await this.#prove(candidates, {
      user,
      nobody,
      page: seen.url,
      mask,
      sendsThirdParty,
    });
    const urls = seen.sockets.map(({ url }) => pageUrlOf(url));
    return {
      mask,
      sockets,
      report: {
        browser: this.#stage.name,
        page: mask(seen.url.href),
        problem: isElsewhere
          ? `the page led to ${seen.url.origin}, which is somebody else's: is the login of --storage-state over?`
          : mask(seen.problem),
        isLoggedIn: storageState !== null,
        sendsThirdPartyCookies: sendsThirdParty,
        cookies: describeCookies(await user.cookies([page.href, ...urls])),
        sockets: seen.sockets.map((record) =>
          describeSocket(record, mask, reasonNotTried(record, candidates, page)),
        ),
      },
    };
  }

  #candidates(seen: Observation, common: Observation): readonly Candidate[] {
    const { page, endpoint } = this.#options;
    const commonOnes = new Map(
      common.sockets.map((record) => [placeOf(record.url), openingOf(record, common.polled)]),
    );
    const byPlace = new Map<string, Candidate>();
    for (const record of seen.sockets) {
      const place = placeOf(record.url);
      if (byPlace.has(place) || !isRelated(new URL(record.url).hostname, page.hostname)) continue;
      if (endpoint !== null && place !== placeOf(endpoint.url)) continue;
      const opening = knownToStrangers(openingOf(record, seen.polled), commonOnes.get(place) ?? null);
      byPlace.set(place, { record, opening });
    }
    if (endpoint !== null && byPlace.size === 0)
      return [{ record: null, opening: knownToStrangers(endpoint, endpoint) }];
    return [...byPlace.values()].slice(0, MAX_SOCKETS);
  }

  /** All sockets from one page, then all from the next: nobody's trial is between the user's and the others'. */
  async #prove(candidates: readonly Candidate[], users: Users): Promise<readonly ProvenSocket[]> {
    if (candidates.length === 0) return [];
    const { user, page, mask } = users;
    const openings = candidates.map(({ opening }) => opening);
    const { control, anonymous, strangers, siblings } = await this.#tryAll(openings, users);
    const judged = candidates.map(({ opening }, at) => {
      const trials = { opening, control: trialAt(control, at), anonymous: trialAt(anonymous, at) };
      const judge = (trial: SocketTrial): JudgedTrial => {
        const verdict = judgeTrial({ ...trials, other: trial });
        return { trial, verdict: { ...verdict, words: mask(verdict.words) } };
      };
      return {
        ...trials,
        judge,
        stranger: judge(trialAt(strangers, at)),
        sibling: judge(trialAt(siblings, at)),
      };
    });
    const blocked = judged.some(({ stranger }) => stranger.verdict.kind === "hijacked")
      ? await this.#tryWithoutCookies(await user.storageState(), openings, mask)
      : null;
    return Promise.all(
      judged.map(async ({ opening, judge, ...trials }, at) => ({
        opening,
        cookies: await cookieHeader(user, opening.url),
        proof: {
          ...trials,
          page: mask(page.href),
          isLoggedIn: this.#options.storageState !== null,
          isLocal: this.#options.isLocal,
          strangerWithoutCookies:
            blocked === null || trials.stranger.verdict.kind !== "hijacked"
              ? null
              : judge(trialAt(blocked, at)),
        },
      })),
    );
  }

  /** The user's own page first, then a browser without a login, then the others: what moves on by itself has done so in between. */
  async #tryAll(
    openings: readonly Opening[],
    { user, nobody, page, mask, sendsThirdParty }: Users,
  ): Promise<Record<"control" | "anonymous" | "strangers" | "siblings", readonly SocketTrial[]>> {
    const { own, sibling } = pagesOfSite(page, this.#site.port);
    const from = (place: TrialPlace): Promise<readonly SocketTrial[]> =>
      this.#stage.try(place, openings, mask);
    const along = (isSameSite: boolean): Promise<readonly CookiesAlong[]> =>
      cookiesOfAll(user, openings, { isSameSite, sendsThirdParty });
    const control = await from({ context: user, page: own, about: "from the application's own page" });
    const anonymous = await from({ context: nobody, page: own, about: "the same, without a login" });
    const [strangers, siblings] = await Promise.all([
      from({
        context: user,
        page: this.#attacker,
        about: "from a page of another site",
        along: await along(false),
      }),
      from({
        context: user,
        page: sibling,
        about: "from a page of the same site and another origin",
        along: await along(true),
      }),
    ]);
    return { control, anonymous, strangers, siblings };
  }

  get #attacker(): OtherPage {
    return { url: this.#site.origin(ATTACKER_HOST), isMadeUp: false };
  }

  /** The same from a page of another site, in a browser that blocks third-party cookies. */
  async #tryWithoutCookies(
    storageState: StorageState,
    openings: readonly Opening[],
    mask: Masker,
  ): Promise<readonly SocketTrial[]> {
    const stage = await TrialStage.start({ ...this.#options, thirdParty: "blocked" });
    try {
      const context = await stage.user(storageState);
      const sendsThirdParty = await stage.sendsThirdPartyCookies(context, this.#site);
      const along = await cookiesOfAll(context, openings, { isSameSite: false, sendsThirdParty });
      const about = "from a page of another site, third-party cookies blocked";
      return await stage.try({ context, page: this.#attacker, about, along }, openings, mask);
    } finally {
      await stage.close();
    }
  }
}

interface Users {
  readonly user: BrowserContext;
  readonly nobody: BrowserContext;
  /** Where the application's page is. */
  readonly page: URL;
  readonly mask: Masker;
  readonly sendsThirdParty: boolean;
}

function cookiesOfAll(
  user: BrowserContext,
  openings: readonly Opening[],
  from: Parameters<typeof cookiesAlong>[1],
): Promise<readonly CookiesAlong[]> {
  return Promise.all(openings.map(async ({ url }) => cookiesAlong(await user.cookies(pageUrlOf(url)), from)));
}

function trialAt(trials: readonly SocketTrial[], at: number): SocketTrial {
  const trial = trials[at];
  if (trial === undefined) throw new Error("there is a trial for each opening");
  return trial;
}

function reasonNotTried(record: SocketRecord, candidates: readonly Candidate[], page: URL): string {
  const place = placeOf(record.url);
  if (candidates.some(({ opening }) => placeOf(opening.url) === place)) return "";
  if (!isRelated(new URL(record.url).hostname, page.hostname)) return "it leads to somebody else's host";
  return "it is not what was asked for, or one too many";
}

/** Where cookies for a socket are those for the page: `http:` for `ws:`. */
function pageUrlOf(url: string): string {
  return url.replace(/^ws/, "http");
}

async function cookieHeader(user: BrowserContext, url: string): Promise<string> {
  const cookies = await user.cookies(pageUrlOf(url));
  return cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
}

/** What is in local storage may be a token. */
function storedValues(state: StorageState | null): readonly string[] {
  return (state?.origins ?? []).flatMap(({ localStorage }) => localStorage.map(({ value }) => value));
}
