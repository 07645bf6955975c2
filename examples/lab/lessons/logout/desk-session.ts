import { createHmac } from "node:crypto";
import { type IncomingMessage, ServerResponse } from "node:http";

import type { RequestHandler } from "express";

/** What session cookies are signed with. */
export const sessionSecret = "lab-only-2f8c41";
/** The id of ann's session. A real one is random; this one can be copied into a command. */
export const annsSession = "ann-9c2e";

const signature = createHmac("sha256", sessionSecret).update(annsSession).digest("base64").replace(/=+$/, "");

/** ann's cookie, as express-session signs it. */
export const annsCookie: string = `desk=${encodeURIComponent(`s:${annsSession}.${signature}`)}`;

declare module "express-session" {
  interface SessionData {
    user: string;
  }
}

/** Whose session a handshake belongs to; `undefined` for nobody's. Afterwards the request has its `sessionID`. */
export async function userOf(
  sessions: RequestHandler,
  request: IncomingMessage,
): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<void>();
  // A handshake has no response of Express; the session looks for none.
  Reflect.apply(sessions, undefined, [request, new ServerResponse(request), resolve]);
  await promise;
  const { user }: { user?: string } = Reflect.get(request, "session") ?? {};
  return user;
}

/** The page, on which one signs in by opening it, and out by a button. */
export const mailPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<title>The mailbox</title><link rel="icon" href="data:,">
<style>body { font: 1.2rem/1.5 system-ui; max-width: 30rem; margin: 2rem auto; padding: 0 1rem } button { font: inherit; padding: .5rem 1rem }</style>
<h1>The mailbox</h1>
<p>You are signed in as ann. <button id="out">Sign out</button></p>
<ul id="mail"></ul>
<script>
  const socket = new WebSocket("/mail");
  socket.onopen = () => setInterval(() => socket.send("any news?"), 2000);
  socket.onmessage = ({ data }) => mail.append(Object.assign(document.createElement("li"), { textContent: data }));
  socket.onclose = () => mail.append("the connection was closed");
  out.onclick = () => fetch("/logout", { method: "POST" });
</script>
`;
