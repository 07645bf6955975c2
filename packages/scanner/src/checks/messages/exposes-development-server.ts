import { type Check, found, notApplicable, passed } from "../../check.ts";
import { findDevServer, openDevServer } from "./dev-server.ts";

/** The socket is that of a development server, and not on its developer's machine. */
export const exposesDevelopmentServer: Check = {
  id: "exposes-development-server",
  group: "messages",
  title: "The socket of a development server is reachable",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:L",
  about:
    "Development servers tell the paths and errors of the sources to whoever listens, serve the sources themselves, and take orders by the same socket. They are made for one developer on one machine.",
  decides:
    "By a first message that only development servers send: Vite, webpack-dev-server, Next.js, Parcel. On loopback it is where it belongs, and does not apply.",
  sends: "two handshakes, one of them with the subprotocol vite-hmr and without Origin",
  remedy: {
    summary: "Deploy what was built; bind development servers to 127.0.0.1.",
    nginx: "location / { root /srv/app/dist; } # in place of proxy_pass to the development server",
  },
  references: { cwe: [489, 668] },
  withoutControl: true,
  async run(context) {
    if (context.target.isLoopback)
      return notApplicable("on loopback a development server is where it belongs");
    const server = await findDevServer(context);
    if (server === null) return passed("nothing greets as a development server does");
    const open = await openDevServer(context, server.change);
    return found({
      detail: `The socket greets as ${server.name} does.`,
      evidence: open === null ? [] : [open.probe.exchange("a connection as its own client makes it")],
      confidence: "firm",
    });
  },
};
