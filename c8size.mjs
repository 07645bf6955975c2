import { rolldown } from "rolldown";
import { gzipSync, brotliCompressSync } from "node:zlib";
for (const e of process.argv.slice(2)) {
  const b = await rolldown({ input: e, platform: "browser" });
  const {
    output: [c],
  } = await b.generate({ minify: true, format: "esm" });
  if (process.env.SHOW) console.log(c.code);
  console.log(e, c.code.length, gzipSync(c.code, { level: 9 }).length, brotliCompressSync(c.code).length);
}
