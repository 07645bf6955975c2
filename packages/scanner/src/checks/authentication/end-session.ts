import type { CheckContext } from "../../check-context.ts";
import { NotTestedError } from "../../not-tested.ts";
import { problemOf } from "../../problem-of.ts";
import type { Exchange } from "../../probe/transcript.ts";

/** What became of the user's sockets when the session was ended. */
export interface EndedSession {
  /** The socket that was open is closed. */
  readonly isClosed: boolean;
  readonly exchange: Exchange;
}

/** How often its patience a check waits for a socket to be closed. */
const PATIENCES = 5;
const TIMEOUT_MS = 10_000;

/** Ends the session at --logout-url, with a socket open that was opened before; once in a scan. Throws `NotTestedError` where it cannot. */
export function endSession(context: CheckContext): Promise<EndedSession> {
  return context.remember("authentication.ended", async () => {
    const { logoutUrl } = context.settings;
    if (logoutUrl === null)
      throw new NotTestedError("no way to end the session was given: give --logout-url");
    const probe = await context.ready();
    const status = await logOut(context, logoutUrl);
    probe.note(`the session was ended: ${logoutUrl.pathname} answered ${status}`);
    await probe.waitFor(() => probe.isClosed, PATIENCES * context.patienceMs);
    const reaction = await probe.reaction();
    return {
      isClosed: reaction.kind === "closed",
      exchange: probe.exchange("a socket, and the end of its session"),
    };
  });
}

/** Asks by POST, and where that is not served by GET. */
async function logOut({ settings, control, target }: CheckContext, url: URL): Promise<number> {
  const headers = [
    ...settings.credentials.map(([name, value]): [string, string] => [name, value]),
    ["Origin", control.origin ?? target.ownOrigin] satisfies [string, string],
    ["User-Agent", settings.userAgent] satisfies [string, string],
  ];
  for (const method of ["POST", "GET"]) {
    const status = await ask(url, method, headers);
    if (status === 404 || status === 405) continue;
    if (status >= 400) throw new NotTestedError(`--logout-url answered ${status}`);
    return status;
  }
  throw new NotTestedError("--logout-url serves neither POST nor GET");
}

async function ask(url: URL, method: string, headers: [string, string][]): Promise<number> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(url, { method, headers, redirect: "manual", signal });
    await response.body?.cancel();
    return response.status;
  } catch (error) {
    throw new NotTestedError(`--logout-url could not be asked: ${problemOf(error)}`, { cause: error });
  }
}
