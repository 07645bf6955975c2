/** A client that is built on undici, hears every event, and does nothing; of any version. */
export const undiciClient: string = String.raw`const { WebSocket } = require("undici");
const socket = new WebSocket(process.argv[2]);
for (const event of ["open", "message", "error", "close"]) socket.addEventListener(event, () => undefined);
setInterval(() => undefined, 1000);`;
