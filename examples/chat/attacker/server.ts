import { createServer, type Server } from "node:http";

import { listenOnLoopback } from "../../shared/loopback.ts";
import { type PageFiles, servePage } from "../../shared/serve-page.ts";
import type { AdminAccess } from "../moderation.ts";
import { attacks } from "./attacks.ts";
import { GateIncidents } from "./gate-incidents.ts";
import type { Outcome, Site } from "./outcome.ts";

/** A running attacker. */
export interface Attacker {
  readonly port: number;
  /** Takes a line of the gate's log. */
  hear(line: string): void;
  close(): Promise<void>;
}

/** Whom the attacker attacks. */
export interface AttackerOptions {
  /** The gate's port. */
  readonly gate: number;
  /** The chat's own port, round the gate. */
  readonly chat: number;
  /** With a token of the role `viewer`. */
  readonly admin: AdminAccess;
}

const page: PageFiles = {
  directory: new URL("page/", import.meta.url),
  names: ["index.html", "attacker.js", "attacker.css"],
  // An attacker does not protect a page from itself.
  contentSecurityPolicy: "frame-ancestors 'none'",
};

/** Serves, on loopback and from an origin of its own, the page of somebody who wishes a chat's visitors ill. */
export async function startAttacker(port: number, options: AttackerOptions): Promise<Attacker> {
  const sites = sitesOf(options);
  const incidents = new GateIncidents(options.admin);
  const answers: Readonly<Record<string, (query: URLSearchParams) => Promise<unknown>>> = {
    "/sites": async () => sites,
    "/forget": async () => incidents.forget(),
    "/reason": (query) => incidents.next(query.get("code") ?? "", query.get("path") ?? ""),
    "/attack": async (query) => {
      const site = sites.find(({ name }) => name === query.get("site"));
      return site === undefined
        ? null
        : await explained(await make(query.get("name") ?? "", site), incidents);
    },
  };
  const http = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://attacker");
    const answer = Object.hasOwn(answers, pathname) ? answers[pathname] : undefined;
    const served = answer === undefined ? servePage(page, pathname, response) : answer(searchParams);
    served.then(
      (found) => {
        if (response.writableEnded) return;
        response.writeHead(found === false ? 404 : 200, { "Content-Type": "application/json" });
        response.end(JSON.stringify(found ?? null));
      },
      () => response.destroy(),
    );
  });
  const heard = (line: string): void => incidents.hear(line);
  return { port: await listenOnLoopback(http, port), hear: heard, close: () => stop(http) };
}

function sitesOf({ gate, chat }: AttackerOptions): readonly Site[] {
  return [
    {
      name: "Through the gate",
      isGuarded: true,
      origin: `https://localhost:${gate}`,
      socket: `wss://localhost:${gate}/chat`,
    },
    {
      name: "Straight at the chat",
      isGuarded: false,
      origin: `http://localhost:${chat}`,
      socket: `ws://localhost:${chat}/chat`,
    },
  ];
}

async function make(name: string, site: Site): Promise<Outcome> {
  try {
    const attack = attacks.get(name);
    if (attack === undefined) throw new Error("there is no such attack");
    return await attack(site);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { verdict: "untried", text: `It could not be tried: ${text}.` };
  }
}

/** With the code that the operator reads under the incident. */
async function explained(
  outcome: Outcome,
  incidents: GateIncidents,
): Promise<Outcome & { readonly code: string }> {
  const { incident = "" } = outcome;
  return { ...outcome, code: incident === "" ? "" : await incidents.codeOf(incident) };
}

function stop(http: Server): Promise<void> {
  http.closeAllConnections();
  return new Promise((resolve) => {
    http.close(() => resolve());
  });
}
