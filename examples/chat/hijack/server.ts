import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";

import { listenOnLoopback } from "../../shared/loopback.ts";

/** Something that the page attacks. */
export interface Target {
  /** What the page calls it. */
  readonly name: string;
  /** A page on the same server; that it can be fetched shows that the browser can reach and trust the server. */
  readonly page: string;
  /** The WebSocket that the page tries to open with its visitor's cookie. */
  readonly socket: string;
}

/** A running attacker. */
export interface Hijacker {
  readonly port: number;
  close(): Promise<void>;
}

const files: Record<string, { file: string; type: string }> = {
  "/": { file: "index.html", type: "text/html; charset=utf-8" },
  "/hijack.js": { file: "hijack.js", type: "text/javascript; charset=utf-8" },
};

/** Serves, on loopback and from an origin of its own, the page of somebody who wishes a chat's visitors ill. */
export async function startHijacker(port: number, targets: readonly Target[]): Promise<Hijacker> {
  const http = createServer((request, response) => {
    if (request.url === "/targets.json") {
      response.setHeader("Content-Type", "application/json");
      response.end(JSON.stringify(targets));
      return;
    }
    const found = files[request.url ?? ""];
    if (found === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.setHeader("Content-Type", found.type);
    response.setHeader("Cache-Control", "no-store");
    readFile(new URL(found.file, import.meta.url)).then(
      (body) => response.end(body),
      () => response.destroy(),
    );
  });
  return { port: await listenOnLoopback(http, port), close: () => stop(http) };
}

function stop(http: Server): Promise<void> {
  http.closeAllConnections();
  return new Promise((resolve) => {
    http.close(() => resolve());
  });
}
