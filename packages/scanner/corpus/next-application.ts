/** An application of Next.js with one page, whose development server lets pages of one other origin in. */
export const nextFiles: Readonly<Record<string, string>> = {
  "next.config.js": 'module.exports = { allowedDevOrigins: ["app.example.com"] };',
  "app/layout.js": "export default ({ children }) => <html lang='en'><body>{children}</body></html>;",
  "app/page.js": "export default () => <p>corpus</p>;",
};

/** Its development server. */
export const nextServer: string = String.raw`const http = require("http").createServer();
const app = require("next")({ dev: true, dir: __dirname, hostname: "127.0.0.1", port: Number(process.env.PORT), httpServer: http });
app.prepare().then(() => {
  const handle = app.getRequestHandler();
  http.on("request", (request, response) => handle(request, response));
  http.listen(Number(process.env.PORT), "127.0.0.1", () => console.log("ready"));
});`;
