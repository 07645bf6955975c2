import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import type { ConnectionGuard, GuardServices } from "../../packages/sallyport/src/guards/guard.ts";
import { threat } from "../../packages/sallyport/src/guards/threat.ts";
import { threatCategories } from "../../packages/sallyport/src/guards/threat-signatures.ts";
import { LaneMessage } from "../../packages/sallyport/src/session/lane-message.ts";
import { benignTraffic } from "../../packages/sallyport/test/corpus/threat/benign/benign-traffic.ts";
import type { DetectorTable } from "./detector-table.ts";
import { shareWithInterval } from "./wilson.ts";

const root = new URL("../../", import.meta.url);
const corpus = new URL("packages/sallyport/test/corpus/threat/", root);
const SEED = 20_261_129;
const OF_EACH = 5000;
const LINES_OF_A_MESSAGE = 40;
/** Files of the repository in which attacks stand on purpose. */
const NOT_BENIGN = /threat|corpus|attacks|decode-evasions|sanitize-markup|detection/;

const PICTURES: Readonly<Record<string, string>> = { "␊": "\n", "␍": "\r", "␉": "\t", "␀": "\0" };

function linesOf(file: string): readonly string[] {
  const text = readFileSync(new URL(file, corpus), "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.replace(/[␊␍␉␀]/g, (picture) => PICTURES[picture] ?? picture));
}

/** Whether a line belongs to the half that detectors are not tuned by. */
const isHeldOut = (line: string): boolean => (createHash("sha256").update(line).digest()[0] ?? 0) % 2 === 1;

/** Ways in which attackers write the same thing; a reader that decodes them sees the attack. */
const disguises: Readonly<Record<string, (attack: string) => string>> = {
  "URL-encoded": (attack) => encode(attack, (hex) => `%${hex.padStart(2, "0")}`),
  "URL-encoded twice": (attack) => encode(attack, (hex) => `%25${hex.padStart(2, "0")}`),
  "HTML references": (attack) => encode(attack, (hex) => `&#x${hex};`),
  "JavaScript escapes": (attack) => encode(attack, (hex) => `\\u${hex.padStart(4, "0")}`),
  "in other case": (attack) =>
    Array.from(attack, (char, index) => (index % 2 === 0 ? char.toUpperCase() : char)).join(""),
};

function encode(text: string, as: (hex: string) => string): string {
  return text.replace(/[^a-z0-9 ]/gi, (char) =>
    (char.codePointAt(0) ?? 0) < 128 ? as((char.codePointAt(0) ?? 0).toString(16)) : char,
  );
}

async function openGuard(): Promise<ConnectionGuard> {
  // The guard uses no service.
  // eslint-disable-next-line typescript/no-unsafe-type-assertion
  const guard = await threat.create(threat.options.parse({}), {} as GuardServices);
  // Nor what is known of the connection.
  // eslint-disable-next-line typescript/no-unsafe-type-assertion
  const connection = guard.open?.({} as never, { wake: () => undefined });
  if (connection === undefined) throw new TypeError("the guard does not open");
  return connection;
}

function createRefuses(connection: ConnectionGuard): (text: string) => boolean {
  const message = new LaneMessage("inbound");
  return (text) => {
    const payload = Buffer.from(text);
    message.fill(1, payload.length, payload);
    return connection.message?.(message, 0).verdict === "close";
  };
}

const inMessage = (value: string): string => JSON.stringify({ type: "message", value });

/** Source code in pieces of so many lines, each a message; `tests`: the tests of this repository, in which attacks stand on purpose. */
function sourceMessages(tests: boolean): readonly string[] {
  const repository = ["packages", "examples", "bench", "scripts", "test"].flatMap((folder) =>
    readdirSync(new URL(folder, root), { recursive: true, encoding: "utf8" })
      .filter(
        (path) =>
          !path.includes("node_modules") &&
          !path.includes("dist/") &&
          /\.(?:ts|js|css|html|c|yaml)$/.test(path),
      )
      .map((path) => `${folder}/${path}`)
      .filter((path) => !NOT_BENIGN.test(path) && /(?:\.test\.|\/test\/|^test\/)/.test(path) === tests),
  );
  const written = readdirSync(new URL("benign/source/", corpus)).map(
    (file) => `packages/sallyport/test/corpus/threat/benign/source/${file}`,
  );
  return [...repository, ...(tests ? [] : written)].flatMap((file) => {
    const lines = readFileSync(new URL(file, root), "utf8").split("\n");
    const pieces = Math.ceil(lines.length / LINES_OF_A_MESSAGE);
    return Array.from({ length: pieces }, (_, index) =>
      lines.slice(index * LINES_OF_A_MESSAGE, (index + 1) * LINES_OF_A_MESSAGE).join("\n"),
    );
  });
}

const code = (text: string): string =>
  `\`${JSON.stringify(text).slice(0, 120).replaceAll("`", "'").replaceAll("|", "\\|")}\``;

const share = (lines: readonly string[], test: (line: string) => boolean): string =>
  `${shareWithInterval(lines.filter(test).length, lines.length)} of ${lines.length}`;

async function render(): Promise<string> {
  const refuses = createRefuses(await openGuard());
  const caught = (attack: string): boolean => refuses(inMessage(attack));
  const attacks = threatCategories.map((category) => ({
    category,
    lines: linesOf(`attacks/${category}.txt`),
  }));
  const recall = attacks.map(
    ({ category, lines }) =>
      `| ${category} | ${share(
        lines.filter((line) => !isHeldOut(line)),
        caught,
      )} | ${share(lines.filter(isHeldOut), caught)} | ${share(lines, caught)} |`,
  );
  const all = attacks.flatMap(({ lines }) => lines);
  const disguised = Object.entries(disguises).map(([name, disguise]) => {
    const of =
      name === "in other case"
        ? attacks
            .filter(({ category }) => category === "script" || category === "sql")
            .flatMap(({ lines }) => lines)
        : all;
    return `| ${name} | ${share(of, (line) => caught(disguise(line)))} |`;
  });
  const traffic = [...benignTraffic(SEED, OF_EACH)];
  const kinds = (["chat", "game", "trading"] as const).map(
    (kind) =>
      [
        `${kind}, made from a seed`,
        traffic.filter((message) => message.traffic === kind).map(({ text }) => text),
      ] as const,
  );
  const benign = [
    ...kinds,
    [
      "look-alikes, written by hand",
      [...linesOf("benign/chat.txt"), ...linesOf("benign/fields.txt")].map(inMessage),
    ] as const,
    ["source code, 40 lines a message", sourceMessages(false).map(inMessage)] as const,
    ["tests of this gate, which hold attacks", sourceMessages(true).map(inMessage)] as const,
  ];
  const missed = attacks.flatMap(({ category, lines }) =>
    lines.filter((line) => !caught(line)).map((line) => `- ${category}: ${code(line)}`),
  );
  const wrongly = benign.flatMap(([kind, messages]) =>
    messages.filter(refuses).map((text) => `- ${kind}: ${code(text)}`),
  );
  return [
    "Corpus: [`packages/sallyport/test/corpus/threat`](../../packages/sallyport/test/corpus/threat/README.md), frozen before the detectors were written. Each attack is the value of a field in a JSON message to a route with `threat: {}`: all defaults, paranoia level 1.",
    "",
    "| category | found, of the half that was tuned by | found, of the half that was held out | found, of all |",
    "| --- | --- | --- | --- |",
    ...recall,
    "",
    "The same attacks in disguise:",
    "",
    "| disguise | found |",
    "| --- | --- |",
    ...disguised,
    "",
    "Harmless messages that were refused:",
    "",
    "| traffic | refused |",
    "| --- | --- |",
    ...benign.map(([kind, messages]) => `| ${kind} | ${share(messages, refuses)} |`),
    "",
    "Missed attacks, all of them:",
    "",
    ...missed,
    "",
    "Harmless messages that were refused, all of them:",
    "",
    ...(wrongly.length === 0 ? ["- none"] : wrongly),
  ].join("\n");
}

/** What the signatures of `threat` find in its corpus. */
export const threatTable: DetectorTable = { name: "threat", render };
