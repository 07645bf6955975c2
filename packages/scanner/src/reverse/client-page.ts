import { createHash } from "node:crypto";

const SCRIPT = `const say = (text) => { document.querySelector("output").textContent = text; };
let sockets = 0;
async function next() {
  const state = await fetch("state").then((answer) => answer.json()).catch(() => null);
  if (state === null || state.isOver) return say("It is over: the report stands where sallyport-scan was started.");
  say(state.doing + " (socket " + (sockets += 1) + ")");
  const socket = new WebSocket(location.origin.replace(/^http/, "ws") + "/");
  socket.binaryType = "arraybuffer";
  socket.onmessage = () => undefined;
  socket.onclose = () => setTimeout(next, 20);
}
next();`;

const HASH = createHash("sha256").update(SCRIPT).digest("base64");

/** What a page of the hostile server may do: run this script, and talk to the server. */
export const CLIENT_PAGE_POLICY: string = `default-src 'none'; script-src 'sha256-${HASH}'; connect-src 'self' ws: wss:`;

/** A page by which a browser is the client: it opens one socket after the other until the test is over. */
export const CLIENT_PAGE: string = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>sallyport-scan: this browser is tested</title></head>
<body>
<h1>This browser's WebSocket is tested</h1>
<p>The page opens one socket after the other. Leave it open until it says that it is over.</p>
<output></output>
<script>${SCRIPT}</script>
</body>
</html>
`;
