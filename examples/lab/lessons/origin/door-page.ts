import type { IncomingMessage, ServerResponse } from "node:http";

/** The cookie of the only user. A real one is random; this one can be copied into a command. */
export const doorCookie = "door=ann-4b1d";

/** Signs in whoever opens the page: the lesson is about what comes after. */
export function signIn(response: ServerResponse): void {
  response.setHeader("Set-Cookie", `${doorCookie}; Path=/; HttpOnly; SameSite=Lax`);
  response.setHeader("Content-Type", "text/html; charset=utf-8");
}

/** Whether a handshake carries the cookie. */
export function isSignedIn({ headers }: IncomingMessage): boolean {
  return (headers.cookie ?? "").split("; ").includes(doorCookie);
}

/** The page of the door itself, which talks to it as it should. */
export const doorPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<title>The front door</title><link rel="icon" href="data:,">
<style>body { font: 1.2rem/1.5 system-ui; max-width: 30rem; margin: 2rem auto; padding: 0 1rem } button { font: inherit; padding: .5rem 1rem }</style>
<h1>The front door</h1>
<p>You are signed in as ann. <strong id="state" role="status">connecting …</strong></p>
<button id="unlock">Unlock</button> <button id="lock">Lock</button>
<script>
  const socket = new WebSocket("/door");
  socket.onopen = () => socket.send("state");
  socket.onmessage = ({ data }) => (state.textContent = data);
  for (const button of document.querySelectorAll("button")) button.onclick = () => socket.send(button.id);
</script>
`;
