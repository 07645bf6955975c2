import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";

import { listen } from "sallyport";

import { freePort, listenOnLoopback } from "../shared/loopback.ts";
import { type PageFiles, servePage, strictPolicy } from "../shared/serve-page.ts";
import { answerJson } from "../shared/visitors.ts";
import type { Running as Closable } from "../shared/run-example.ts";
import { Lab, type News, type Order } from "./lab.ts";
import type { LessonPorts } from "./lesson.ts";
import { lessons } from "./lessons.ts";
import { showLesson } from "./show-lesson.ts";

/** How the lab is started. */
export interface LabServerOptions {
  readonly port: number;
  /** Where the gates' configurations are copied to. */
  readonly directory: string;
  /** Other ports for the lessons than those that are written, whichever are free. */
  readonly anyPorts?: boolean;
}

/** The lab, while it runs. */
export interface LabServer extends Closable {
  readonly url: string;
}

const names = ["index.html", "lesson.html", "lab.css", "start.js", "lesson.js"];
const style: PageFiles = {
  directory: new URL("../shared/page/", import.meta.url),
  names: ["base.css", "icon.svg"],
};
const topic = "news";

type Places = ReadonlyMap<string, LessonPorts>;

/** Where each lesson listens: where its files are written for, or, where that is taken, on a free port. */
async function placeLessons(anyPorts: boolean): Promise<Places> {
  const places = new Map<string, LessonPorts>();
  for (const { id, ports } of lessons)
    places.set(id, {
      application: await freePort(anyPorts ? 0 : ports.application),
      gate: await freePort(anyPorts ? 0 : ports.gate),
    });
  return places;
}

/** The page of a lesson may also open that lesson's sockets, as a hostile page would: the first lesson does. */
function pageOf(ports: LessonPorts | undefined): PageFiles {
  const targets =
    ports === undefined ? "" : ` ws://127.0.0.1:${ports.application} ws://127.0.0.1:${ports.gate}`;
  return {
    directory: new URL("page/", import.meta.url),
    names,
    contentSecurityPolicy: strictPolicy.replace("connect-src 'self'", `connect-src 'self'${targets}`),
  };
}

async function serve(places: Places, path: string, response: ServerResponse): Promise<void> {
  const [, folder = "", id = ""] = path.split("/");
  const lesson = lessons.find((each) => each.id === id);
  if (path === "/lessons.json")
    return answerJson(
      response,
      200,
      lessons.map(({ id: name, words, scan }) => ({ id: name, words, checks: scan.checks })),
    );
  if (folder === "lesson.json" && lesson !== undefined)
    return answerJson(response, 200, await showLesson(lesson, places.get(lesson.id) ?? lesson.ports));
  if (folder === "lessons" && lesson !== undefined) {
    await servePage(pageOf(places.get(lesson.id)), "/lesson.html", response);
    return;
  }
  if (await servePage(pageOf(undefined), path, response)) return;
  if (await servePage(style, path, response)) return;
  answerJson(response, 404, { error: "not found" });
}

/** Only for pages at the address that was printed: one that reached this server by a name of its own has no business here. */
function isAtHome({ headers, method }: IncomingMessage, url: string): boolean {
  return method === "GET" && `http://${headers.host ?? ""}` === url;
}

async function stop(http: Server): Promise<void> {
  http.closeAllConnections();
  await new Promise((resolve) => {
    http.close(resolve);
  });
}

/**
 * Starts the lab on loopback: its pages, and the socket by which they start applications, attacks and scans. That socket is our own
 * `listen`: pages of this server's own origin alone, and nothing but the orders of `control.schema.json`.
 */
export async function startLabServer({
  port,
  directory,
  anyPorts = false,
}: LabServerOptions): Promise<LabServer> {
  const places = await placeLessons(anyPorts);
  let url = "";
  const http = createServer((request, response) => {
    if (!isAtHome(request, url)) return answerJson(response, 421, { error: `open ${url}` });
    serve(places, new URL(request.url ?? "/", url).pathname, response).catch(() => response.destroy());
  });
  const real = await listenOnLoopback(http, await freePort(port));
  url = `http://127.0.0.1:${real}`;
  const tell = (news: News): void => void control.publish(topic, JSON.stringify(news));
  const lab = new Lab({ lessons, ports: places, directory, tell });
  const control = await listen(
    {
      routes: [
        {
          path: "/control",
          identity: "anonymous",
          origin: { allow: [url] },
          connectionLimit: { total: 20 },
          messageSize: { inbound: "1KiB" },
          messageRate: { perConnection: "10/s" },
          messageSchema: { inbound: "control.schema.json" },
        },
      ],
      watch: "off",
    },
    {
      open(connection) {
        connection.subscribe(topic);
        void connection.send(JSON.stringify({ type: "stage", ...lab.running }));
      },
      message(connection, data) {
        const order: Order = JSON.parse(String(data));
        if (!lab.order(order)) void connection.send(JSON.stringify({ type: "busy" }));
      },
    },
    { server: http, directory: fileURLToPath(new URL(".", import.meta.url)) },
  );
  return {
    url,
    async close() {
      await lab.close();
      await control.close();
      await stop(http);
    },
  };
}
