import { once } from "node:events";
import { createServer, type Server } from "node:http";
import express from "express";
import session from "express-session";
import { onTestFinished } from "vitest";
import { WebSocketServer } from "ws";
import { portOf } from "../gateway/harness.ts";
import { noteApplication } from "./listened-application.ts";
import { echo } from "./guarded-server.ts";

declare module "express-session" {
  interface SessionData {
    user: string;
  }
}

/** An application whose users sign in by a form and are known by a cookie, and that knows nothing of any gate. */
export interface SessionApplication {
  readonly server: Server;
  readonly port: number;
  /** Where it says whose session a cookie is. */
  readonly sessionUrl: string;
  /** The field `Cookie` of every question whose session it is. */
  readonly asked: (string | undefined)[];
  /** Whether it can say so. */
  works: boolean;
  /** Signs in; answers the cookie as a browser sends it. */
  signIn(user: string): Promise<string>;
  signOut(cookie: string): Promise<void>;
}

/** Starts one with Express and express-session on a free loopback port. Closed when the test ends. */
export async function startSessionApplication(
  cookie: session.CookieOptions = {},
): Promise<SessionApplication> {
  const asked: (string | undefined)[] = [];
  const state = { works: true };
  const app = express();
  // Behind TLS of the gate's, a cookie may be `Secure`.
  app.set("trust proxy", "loopback");
  app.use(session({ name: "sid", secret: "keyboard cat", resave: false, saveUninitialized: false, cookie }));
  app.get("/", (_request, response) => void response.type("html").send("<!doctype html><title>page</title>"));
  app.post("/sign-in", (request, response) => {
    const { user } = request.query;
    if (typeof user === "string") request.session.user = user;
    response.send("signed in");
  });
  app.post("/sign-out", (request, response) =>
    request.session.destroy(() => void response.send("signed out")),
  );
  app.get("/session", (request, response) => {
    asked.push(request.headers.cookie);
    const { user } = request.session;
    if (!state.works) response.status(500).send("broken");
    else if (user === undefined) response.status(401).send("nobody");
    else response.json({ user, claims: { room: "attic" } });
  });
  const server = createServer(app);
  const sockets = new WebSocketServer({ server, path: "/chat" });
  sockets.on("connection", echo);
  noteApplication(server, { sockets });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const port = portOf(server.address());
  const url = `http://127.0.0.1:${port}`;
  return Object.assign(state, {
    server,
    port,
    asked,
    sessionUrl: `${url}/session`,
    async signIn(user: string) {
      const response = await fetch(`${url}/sign-in?user=${user}`, { method: "POST" });
      return response.headers.get("set-cookie")?.split(";")[0] ?? "";
    },
    async signOut(own: string) {
      await fetch(`${url}/sign-out`, { method: "POST", headers: { cookie: own } });
    },
  });
}
