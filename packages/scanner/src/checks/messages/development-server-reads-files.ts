import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Check, found, notApplicable, notTested, type Outcome, passed } from "../../check.ts";
import type { CheckContext } from "../../check-context.ts";
import type { Exchange } from "../../probe/transcript.ts";
import { findDevServer, NO_DEV_SERVER, openDevServer } from "./dev-server.ts";
import { textsOf } from "./texts-of.ts";

/** How servers say that they do not do it. */
const REFUSED = /disabled|not allowed|denied|forbidden|unknown invoke|not supported/i;

/** A development server reads any file for whoever asks. */
export const developmentServerReadsFiles: Check = {
  id: "development-server-reads-files",
  group: "messages",
  title: "A development server reads any file of its machine (vite:invoke)",
  severity: "high",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N",
  about:
    "The socket of Vite carries calls of its module runner. Where fetchModule is not switched off, it reads whatever file a call names, past the list of folders that may be served: keys, sources, environment files.",
  decides:
    "On loopback by the content of a file that the scan wrote into the folder for temporary files. Elsewhere by whether a file that does not exist is looked for, in place of a refusal: firm, since no file is read.",
  sends:
    "where Vite is spoken: one call of fetchModule for a file of the scan's own, or for one that does not exist",
  remedy: {
    summary: "Update Vite to 7.3.2, 6.4.2 or 8.0.5, or later; bind development servers to 127.0.0.1.",
  },
  references: { cwe: [22, 200], advisories: ["CVE-2026-39363"] },
  withoutControl: true,
  async run(context) {
    const server = await findDevServer(context);
    if (server?.name !== "Vite") return notApplicable(NO_DEV_SERVER);
    return context.target.isLoopback ? withCanary(context) : withoutFile(context);
  },
};

async function withCanary(context: CheckContext): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-scan-"));
  try {
    const secret = `canary-${randomBytes(8).toString("hex")}`;
    const file = join(folder, "canary.txt");
    await writeFile(file, secret);
    const answer = await fetchModule(context, pathToFileURL(file).href);
    if (answer === null) return notTested("the call was not answered");
    if (!answer.text.includes(secret)) return passed("the file was not read");
    return found({
      detail: "The content of a file outside of the project came back.",
      evidence: [answer.exchange],
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function withoutFile(context: CheckContext): Promise<Outcome> {
  const answer = await fetchModule(context, "file:///sallyport-scan/does-not-exist.txt");
  if (answer === null) return notTested("the call was not answered");
  if (REFUSED.test(answer.text)) return passed("the call was refused");
  if (!/ENOENT|no such file|does-not-exist/i.test(answer.text)) return notTested("the answer says neither");
  return found({
    detail: "A file that does not exist was looked for, outside of the project.",
    evidence: [answer.exchange],
    confidence: "firm",
  });
}

async function fetchModule(
  context: CheckContext,
  url: string,
): Promise<{ readonly text: string; readonly exchange: Exchange } | null> {
  const server = await openDevServer(context, { subprotocols: ["vite-hmr"], origin: null });
  if (server === null) return null;
  const { probe } = server;
  const data = { id: "send:1", name: "fetchModule", data: [`${url}?raw`] };
  probe.text(JSON.stringify({ type: "custom", event: "vite:invoke", data }));
  const find = (): string | undefined =>
    textsOf(probe.frames).find((text) => text.includes("vite:invoke") || text.includes('"response:1"'));
  await probe.waitFor(() => find() !== undefined || probe.isClosed, 3 * context.patienceMs);
  const text = find();
  return text === undefined ? null : { text, exchange: probe.exchange("a call of fetchModule") };
}
