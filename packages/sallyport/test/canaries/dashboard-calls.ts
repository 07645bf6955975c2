import type { AdminRole } from "../../src/policy/admin-options.ts";
import type { Planted } from "./planted.ts";

/** A call of the admin API, as the dashboard's page makes it. */
export interface DashboardCall {
  /** With its query. */
  readonly path: string;
  /** Sent as JSON; a string: as it is. */
  readonly body?: unknown;
  /** Who asks. Default: somebody of each role. */
  readonly roles?: readonly AdminRole[];
}

/** What there is to ask about. */
export interface Known {
  /** A session that is open. */
  readonly open: string;
  /** Sessions of the journal. */
  readonly sessions: readonly string[];
  readonly incidents: readonly string[];
}

/** What is the same for everybody: asked by whoever may least. */
const once = { roles: ["viewer"] } as const;
/** Those who may not read contents, and those who may. */
const readers = { roles: ["viewer", "investigator"] } as const;
const NOBODY = "AAAAAAAAAAAAAAAA";
const REASON = "reason=looked%20for%20canaries";

/** How each route of the admin API is called, by its id: what reads, what changes something, and what is no call. */
export function dashboardCalls(
  { open, sessions, incidents }: Known,
  { plant }: Planted,
): Readonly<Record<string, readonly DashboardCall[]>> {
  const noJson = `{"user": ${plant("no JSON for the dashboard")}`;
  const searched = plant("a text that is looked for");
  return {
    live: [{ path: "/live" }],
    ready: [{ path: "/ready" }],
    metrics: [{ path: "/metrics", ...once }],
    openApi: [{ path: "/openapi.json", ...once }],
    policy: [{ path: "/policy" }],
    observedRefusals: [{ path: "/policy/observed", ...readers }],
    backTest: [
      { path: "/policy/back-test", body: noJson },
      {
        path: "/policy/back-test",
        body: { reason: "canaries", policy: 'version: 1\nlisten: ["${env:UNUSABLE}"]\nroutes: []\n' },
      },
      { path: "/policy/back-test", body: { reason: "canaries" } },
    ],
    backTestState: [{ path: "/policy/back-test" }],
    cancelBackTest: [{ path: "/policy/back-test" }],
    listSessions: [
      { path: "/sessions" },
      { path: `/sessions?secret=${plant("a query that is none")}` },
      { path: "/sessions?address=nowhere" },
    ],
    showSession: [{ path: `/sessions/${open}` }, { path: `/sessions/${NOBODY}` }],
    killSession: [{ path: `/sessions/${NOBODY}` }],
    killSessions: [
      { path: "/sessions/kill", body: { session: NOBODY, reason: "canaries" } },
      { path: "/sessions/kill", body: noJson },
      { path: "/sessions/kill", body: {} },
    ],
    demandRefresh: [{ path: `/sessions/${NOBODY}/refresh` }],
    listBans: [{ path: "/bans" }],
    addBan: [{ path: "/bans", body: { address: "192.0.2.7", seconds: 60, reason: "canaries" } }],
    removeBan: [{ path: "/bans/192.0.2.7" }, { path: "/bans/192.0.2.8" }],
    listRevocations: [{ path: "/revocations" }],
    revoke: [
      { path: "/revocations", body: { user: "nobody", seconds: 60 } },
      { path: "/revocations", body: noJson },
    ],
    removeRevocation: [{ path: `/revocations/${NOBODY}` }],
    listIncidents: [{ path: "/incidents" }, { path: `/incidents?session=${open}` }],
    showIncident: [
      { path: `/incidents/${NOBODY}` },
      ...incidents.map((incident) => ({ path: `/incidents/${incident}`, ...once })),
    ],
    explainIncident: [
      { path: `/incidents/${NOBODY}/explanation` },
      ...incidents.map((incident) => ({ path: `/incidents/${incident}/explanation`, ...once })),
    ],
    listFindings: [{ path: "/findings" }],
    showState: [{ path: "/state" }],
    showWatch: [{ path: "/watch" }],
    undoFinding: [{ path: `/findings/${NOBODY}/undo` }],
    journalStatus: [{ path: "/journal/status" }],
    searchJournal: [
      { path: "/journal/search?limit=500", ...readers },
      { path: `/journal/search?text=${searched}`, ...readers },
      { path: `/journal/search?text=${searched}&${REASON}`, ...readers },
      // What was read, by whom, and why.
      { path: "/journal/search?type=journal", ...readers },
      { path: "/journal/search?since=never", ...once },
      { path: `/journal/search?cursor=${plant("a cursor that is none")}`, ...once },
    ],
    showConversation: [
      { path: `/journal/sessions/${NOBODY}`, ...once },
      ...sessions.flatMap((session) => [
        { path: `/journal/sessions/${session}`, ...readers },
        { path: `/journal/sessions/${session}?${REASON}`, ...readers },
      ]),
    ],
    verifyJournal: [
      { path: "/journal/verify", body: { checkpoint: plant("a checkpoint that is none") } },
      { path: "/journal/verify", body: {} },
    ],
    exportJournal: ["jsonl", "csv", "har"].flatMap((format) => [
      { path: `/journal/export?format=${format}`, ...readers },
      { path: `/journal/export?format=${format}&${REASON}`, ...readers },
    ]),
    reload: [{ path: "/reload" }],
    // Called at the end: see `drainByDashboard`.
    drain: [],
  };
}
