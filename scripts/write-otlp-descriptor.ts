// Writes packages/sallyport/test/otlp/otlp.schema.json: the messages of OTLP, for the receiver of the tests.
// `node scripts/write-otlp-descriptor.ts CLONE TAG`, where CLONE is a clone of github.com/open-telemetry/opentelemetry-proto. Names,
// numbers and types of fields only; no comment.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import protobuf from "protobufjs";

const [clone = "", tag = "v1.9.0"] = process.argv.slice(2);

const root = new protobuf.Root();
for (const name of [
  "common/v1/common",
  "resource/v1/resource",
  "logs/v1/logs",
  "trace/v1/trace",
  "collector/logs/v1/logs_service",
  "collector/trace/v1/trace_service",
]) {
  const file = `${tag}:opentelemetry/proto/${name}.proto`;
  const text = execFileSync("git", ["-C", clone, "show", file], { encoding: "utf8" });
  protobuf.parse(text, root, { keepCase: false });
}
root.resolveAll();
writeFileSync(
  fileURLToPath(new URL("../packages/sallyport/test/otlp/otlp.schema.json", import.meta.url)),
  `${JSON.stringify(root.toJSON({ keepComments: false }), null, 1)}\n`,
);
