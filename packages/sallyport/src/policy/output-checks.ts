import { readFile } from "node:fs/promises";
import { isLoopback } from "../guards/loopback.ts";
import { builtInDetectors } from "../watch/built-in-detectors.ts";
import { templateFault } from "./alert-template.ts";
import { checkFilePlace } from "./check-file-place.ts";
import type { Finding } from "./config-issues.ts";
import { parseHeaderLines } from "./header-lines.ts";
import { otlpEndpoint, type Environment } from "./output-config.ts";
import type { KeyPath } from "./problem.ts";
import { asList, asMapping, valueAt } from "./raw-config.ts";
import { parseWebhookSecret } from "./webhook-secret.ts";

/**
 * Checks `alerts` and `telemetry` beyond the schema. Works on whatever is there; paths must be absolute. Nobody is contacted, and
 * of a URL no more than the host is shown.
 */
export async function checkOutputs(config: unknown, env: Environment): Promise<readonly Finding[]> {
  const tellers = namesOfTellers(config);
  const alerts = asList(valueAt(config, ["alerts"])).map(async (alert, index) => {
    const at = (key: string): KeyPath => ["alerts", index, "webhook", key];
    const webhook = valueAt(alert, ["webhook"]);
    const files = await Promise.all([
      checkSecret(at("secretFile"), valueAt(webhook, ["secretFile"])),
      checkHeaders(at("headersFile"), valueAt(webhook, ["headersFile"])),
    ]);
    const url = checkUrl(at("url"), valueAt(webhook, ["url"]), plaintextAllowed(webhook));
    const names = checkDetectors(["alerts", index, "detectors"], valueAt(alert, ["detectors"]), tellers);
    return [url, names, checkTemplate(at("template"), webhook), ...files].flat();
  });
  const otlp = await checkOtlp(asMapping(valueAt(config, ["telemetry", "otlp"])), env);
  const ocsf = await checkOcsf(valueAt(config, ["telemetry", "ocsf", "file"]));
  return [...(await Promise.all(alerts)).flat(), ...otlp, ...ocsf];
}

/** Whose findings there can be. */
function namesOfTellers(config: unknown): ReadonlySet<unknown> {
  const rules = asList(valueAt(config, ["watch", "rules"])).map((rule) => valueAt(rule, ["name"]));
  return new Set([...builtInDetectors.map(({ name }) => name), "watch", "gate", ...rules]);
}

/** A target that waits for what nobody tells would be silent for ever. */
function checkDetectors(path: KeyPath, names: unknown, known: ReadonlySet<unknown>): readonly Finding[] {
  const expected = "a detector, the name of one of `watch.rules`, `watch` or `gate`";
  return asList(names).flatMap((name, index) =>
    typeof name !== "string" || known.has(name)
      ? []
      : [{ path: [...path, index], found: JSON.stringify(name), expected, mend: "" }],
  );
}

function plaintextAllowed(mapping: unknown): boolean {
  return valueAt(mapping, ["unsafeAllowPlaintext"]) === true;
}

/** Shows the host alone: the rest may be what lets one post there. */
function checkUrl(path: KeyPath, text: unknown, allowPlaintext: boolean): readonly Finding[] {
  if (typeof text !== "string" || text === "") return [];
  const url = URL.parse(text);
  const expected = "an https URL, or an http URL on loopback";
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:"))
    return [{ path, found: "something else", expected, mend: "" }];
  if (url.username !== "" || url.password !== "") {
    const mend = "Write them as an authorization in `headersFile`";
    return [{ path, found: `a user or password before ${url.host}`, expected: "a URL without", mend }];
  }
  const isLocal = isLoopback(url.hostname.replace(/^\[(.*)\]$/, "$1"));
  if (url.protocol === "https:" || isLocal || allowPlaintext) return [];
  const mend = "Write https, or `unsafeAllowPlaintext: true` where nobody is on the way";
  return [{ path, found: `http to ${url.host}`, expected, mend }];
}

function checkTemplate(path: KeyPath, webhook: unknown): readonly Finding[] {
  const [format, template] = [valueAt(webhook, ["format"]), valueAt(webhook, ["template"])];
  if (format !== "template" && template !== undefined)
    return [{ path, found: "a template that nothing uses", expected: "", mend: "Write: format: template" }];
  if (format !== "template") return [];
  const expected = "JSON with places such as `{{text}}` within its strings";
  if (template === undefined)
    return [{ path, found: "nothing", expected, mend: `Write: template: '{ "text": "{{text}}" }'` }];
  const fault = typeof template === "string" && template !== "" ? templateFault(template) : null;
  return fault === null ? [] : [{ path, found: fault, expected, mend: "" }];
}

// What stands there is never shown: it may be a key with a letter missing.
async function checkSecret(path: KeyPath, file: unknown): Promise<readonly Finding[]> {
  const text = await contentOf(file);
  if (text === null || parseWebhookSecret(text) !== null) return [];
  const mend = `Make one: echo "whsec_$(openssl rand -base64 32)" > hook.secret`;
  return [{ path, found: "something else", expected: "`whsec_` and 24 to 64 bytes in base64", mend }];
}

async function checkHeaders(path: KeyPath, file: unknown): Promise<readonly Finding[]> {
  const text = await contentOf(file);
  const parsed = text === null ? null : parseHeaderLines(text);
  return parsed === null || parsed.ok ? [] : [{ path, found: parsed.problem, expected: "", mend: "" }];
}

/** `null` where it cannot be read: that is found with all other files. */
async function contentOf(file: unknown): Promise<string | null> {
  return typeof file === "string" ? await readFile(file, "utf8").catch(() => null) : null;
}

async function checkOtlp(otlp: unknown, env: Environment): Promise<readonly Finding[]> {
  if (otlp === null) return [];
  const path = ["telemetry", "otlp", "endpoint"];
  const written = valueAt(otlp, ["endpoint"]);
  const endpoint = otlpEndpoint(typeof written === "string" ? written : undefined, env);
  const headers = await checkHeaders(["telemetry", "otlp", "headersFile"], valueAt(otlp, ["headersFile"]));
  if (endpoint !== null) return [...checkUrl(path, endpoint, plaintextAllowed(otlp)), ...headers];
  if (written !== undefined) return headers;
  const expected = "the collector's URL, here or in OTEL_EXPORTER_OTLP_ENDPOINT";
  return [{ path, found: "nothing", expected, mend: "Write: endpoint: http://127.0.0.1:4318" }, ...headers];
}

async function checkOcsf(file: unknown): Promise<readonly Finding[]> {
  if (typeof file !== "string" || file === "") return [];
  return await checkFilePlace(["telemetry", "ocsf", "file"], file);
}
