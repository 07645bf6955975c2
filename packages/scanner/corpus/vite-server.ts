/** The development server of Vite, in an empty folder. */
export const viteServer: string = String.raw`import("vite").then(async ({ createServer }) => {
  const server = await createServer({ root: __dirname, server: { port: Number(process.env.PORT), host: "127.0.0.1", strictPort: true } });
  await server.listen();
  console.log("ready");
});`;
