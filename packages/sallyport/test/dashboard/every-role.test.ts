import { beforeEach, describe, expect, it } from "vitest";
import { adminRoutes } from "../../src/hosts/admin/admin-routes.ts";
import { adminRoles, type AdminRole } from "../../src/policy/admin-options.ts";
import { openDashboard, TOKENS, type OpenDashboard } from "./dashboard-fixture.ts";

/** The least role of every route, by its id: written here once more, so that a route that is new, or was opened, is seen. */
const LEAST: Readonly<Record<string, AdminRole | null>> = {
  live: null,
  ready: null,
  metrics: null,
  openApi: null,
  showIncident: "viewer",
  listIncidents: "viewer",
  explainIncident: "viewer",
  policy: "viewer",
  observedRefusals: "viewer",
  listSessions: "viewer",
  showSession: "viewer",
  listBans: "viewer",
  listRevocations: "viewer",
  listFindings: "viewer",
  showWatch: "viewer",
  showState: "viewer",
  journalStatus: "viewer",
  searchJournal: "viewer",
  showConversation: "viewer",
  exportJournal: "viewer",
  killSession: "operator",
  demandRefresh: "operator",
  killSessions: "operator",
  addBan: "operator",
  removeBan: "operator",
  revoke: "operator",
  removeRevocation: "operator",
  undoFinding: "operator",
  verifyJournal: "operator",
  reload: "admin",
  drain: "admin",
  backTest: "admin",
  backTestState: "admin",
  cancelBackTest: "admin",
};

const routes = adminRoutes("0");
const callOf = ({ method, path }: (typeof routes)[number]): string =>
  `${method} ${path.replace(/\{\w+\}/, "x")}`;

let opened: OpenDashboard;
beforeEach(async () => {
  opened = await openDashboard();
});

/** The status of every route for one who asks, by the route's id. */
async function statuses(ask: (call: string) => Promise<{ readonly status: number | undefined }>) {
  const found: Record<string, number | undefined> = {};
  for (const route of routes) found[route.id] = (await ask(callOf(route))).status;
  return found;
}

/** Routes that were not refused. */
function letIn(found: Readonly<Record<string, number | undefined>>): readonly string[] {
  return Object.keys(found).filter((id) => found[id] !== 401 && found[id] !== 403);
}

function within(role: AdminRole): readonly string[] {
  const rank = adminRoles.indexOf(role);
  return routes.map(({ id }) => id).filter((id) => adminRoles.indexOf(LEAST[id] ?? "viewer") <= rank);
}

describe("every route of the admin API", () => {
  it("has its least role in this test", () => {
    expect(Object.fromEntries(routes.map(({ id, role }) => [id, role]))).toEqual(LEAST);
  });

  it("that changes something is recorded, and so is every one that needs more than a viewer and does more than tell how far it is", () => {
    const silent = routes.filter(({ recorded }) => !recorded);
    expect(silent.filter(({ method }) => method !== "GET")).toEqual([]);
    expect(silent.filter(({ role }) => role !== null && role !== "viewer").map(({ id }) => id)).toEqual([
      "backTestState",
    ]);
  });

  it.each(adminRoles)("is open to the role %s by token and by session as far as it may", async (role) => {
    const { ask, asPage, signIn } = opened;
    const headers = { Authorization: `Bearer ${TOKENS[role]}` };
    expect(letIn(await statuses((call) => ask(call, { headers })))).toEqual(within(role));
    const cookie = await signIn(role);
    expect(letIn(await statuses((call) => asPage(call, { cookie })))).toEqual(within(role));
  });

  it("that has a role is open to nobody unknown, and to no session that comes from another page", async () => {
    const { ask, asPage, signIn } = opened;
    const cookie = await signIn("admin");
    const open = routes.map(({ id }) => id).filter((id) => LEAST[id] === null);
    expect(letIn(await statuses((call) => ask(call)))).toEqual(open);
    expect(letIn(await statuses((call) => asPage(call)))).toEqual(open);
    expect(letIn(await statuses((call) => ask(call, { cookie })))).toEqual(open);
    for (const Origin of ["null", "https://evil.example", "http://localhost:1"]) {
      const headers = { Origin, "Sallyport-Request": "1" };
      expect(letIn(await statuses((call) => ask(call, { cookie, headers })))).toEqual([]);
    }
    const headers = { "Sallyport-Request": "1", "Sec-Fetch-Site": "same-site" };
    expect(letIn(await statuses((call) => ask(call, { cookie, headers })))).toEqual(open);
  });
});
