import type { CorpusPair } from "../pair.ts";

/** CVE-2026-27977 in next. */
export const nextNull: CorpusPair = {
  name: "next-null",
  advisory: "CVE-2026-27977",
  package: "next",
  vulnerable: "16.1.6",
  fixed: "16.1.7",
  beside: { react: "19.2.3", "react-dom": "19.2.3" },
  check: "accepts-null-origin",
  path: "/_next/webpack-hmr",
  files: {
    "next.config.js": 'module.exports = { allowedDevOrigins: ["app.example.com"] };',
    "app/layout.js": "export default ({ children }) => <html lang='en'><body>{children}</body></html>;",
    "app/page.js": "export default () => <p>corpus</p>;",
  },
  server: String.raw`const http = require("http").createServer();
const app = require("next")({ dev: true, webpack: true, dir: __dirname, hostname: "127.0.0.1", port: Number(process.env.PORT), httpServer: http });
app.prepare().then(() => {
  const handle = app.getRequestHandler();
  http.on("request", (request, response) => handle(request, response));
  http.listen(Number(process.env.PORT), "127.0.0.1", () => console.log("ready"));
});`,
};
