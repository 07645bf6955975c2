/** An Engine.IO server as its README has it, of any version. */
export const engineIoServer: string = String.raw`const http = require("http").createServer();
require("engine.io").attach(http);
http.listen(Number(process.env.PORT), "127.0.0.1", () => console.log("ready"));`;
