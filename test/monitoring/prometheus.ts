import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

const PROMETHEUS = "/usr/bin/prometheus";
const PROMTOOL = "/usr/bin/promtool";

/** Whether tests with Prometheus run: where it is installed (Debian: `prometheus`), and always in CI, where its absence is a failure. */
export const runsPrometheus: boolean =
  (existsSync(PROMETHEUS) && existsSync(PROMTOOL)) || process.env["CI"] === "true";

/** What `promtool` said, and its exit code. */
export interface Said {
  readonly code: number;
  readonly text: string;
}

/** Runs `promtool`. @param input what it reads from standard input */
export async function promtool(argv: readonly string[], input = ""): Promise<Said> {
  return await new Promise((resolve, reject) => {
    const child = execFile(PROMTOOL, [...argv], (error, out, err) => {
      if (error !== null && typeof error.code !== "number") reject(error);
      else resolve({ code: Number(error?.code ?? 0), text: out + err });
    });
    child.stdin?.end(input);
  });
}

interface Answer {
  readonly status: string;
  readonly data: unknown;
  readonly error?: string;
}

/** A Prometheus that runs. */
export interface Prometheus {
  /** Asks its HTTP API; throws at anything but success. */
  ask(path: string, parameters?: Readonly<Record<string, string>>): Promise<unknown>;
}

/** Starts a Prometheus on a free loopback port; it and its data are gone when the test ends. */
export async function startPrometheus(configFile: string): Promise<Prometheus> {
  const data = await mkdtemp(join(tmpdir(), "sallyport-prometheus-"));
  const child = spawn(
    PROMETHEUS,
    [`--config.file=${configFile}`, `--storage.tsdb.path=${data}`, "--web.listen-address=127.0.0.1:0"],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const closed = once(child, "close");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await closed;
    await rm(data, { recursive: true });
  });
  const url = await listening(child.stderr);
  return {
    async ask(path, parameters = {}) {
      const answer = await fetch(`${url}${path}?${new URLSearchParams(parameters).toString()}`);
      const body: Answer = JSON.parse(await answer.text());
      if (body.status !== "success") throw new Error(`${JSON.stringify(parameters)}: ${body.error}`);
      return body.data;
    },
  };
}

/** Where it listens; its log is read until its end, since one that nobody takes ends it. */
function listening(log: NodeJS.ReadableStream): Promise<string> {
  let said = "";
  return new Promise((resolve, reject) => {
    log.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      const address = /msg="Listening on" address=(\S+)\s/.exec(said)?.[1];
      if (address !== undefined) resolve(`http://${address}`);
    });
    log.on("end", () => reject(new Error(`Prometheus ended: ${said}`)));
  });
}
