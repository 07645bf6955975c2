import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { allPairs, firstPairs } from "../corpus/all-pairs.ts";
import { isTold, renderCorpusPage } from "../corpus/corpus-page.ts";
import { currentReleases } from "../corpus/current-releases.ts";
import { renderReleasesPage } from "../corpus/releases-page.ts";
import { builtInChecks } from "../src/checks/built-in-checks.ts";
import { builtInClientChecks } from "../src/checks/built-in-client-checks.ts";
import { defaultSettings } from "../src/scan-settings.ts";
import { quickSettings, scanScene } from "./scan-scene.ts";
import { startInstalled } from "./start-installed.ts";
import { startSocketIo } from "./start-socket-io.ts";
import { startWs } from "./start-ws.ts";

const files = readdirSync(new URL("../corpus/pairs/", import.meta.url)).map((file) => basename(file, ".ts"));
const read = (name: string): string =>
  readFileSync(new URL(`../../../docs/checks/${name}.md`, import.meta.url), "utf8");
const page = read("corpus");
const releasesPage = read("current-releases");

/** The checks that the pairs of some packages are told apart by, and that end no process. */
function checksOf(...packages: readonly string[]): typeof builtInChecks {
  const ids = new Set(allPairs.flatMap((pair) => (packages.includes(pair.package) ? [pair.check] : [])));
  return builtInChecks.filter(({ id, impact }) => ids.has(id) && impact !== "destructive");
}

describe("allPairs", () => {
  it("has every file, and names checks that are there", () => {
    expect(firstPairs.map(({ name }) => name).sort()).toEqual(files.sort());
    const ids = new Set([...builtInChecks, ...builtInClientChecks].map(({ id }) => id));
    expect(allPairs.filter(({ check }) => !ids.has(check))).toEqual([]);
  });

  it("stands in the table of the documents, each pair with its versions", () => {
    const missing = allPairs.filter(
      ({ name, vulnerable, fixed }) =>
        !page
          .split("\n")
          .some(
            (row) =>
              row.startsWith(`| ${name} |`) &&
              row.includes(` ${vulnerable}: `) &&
              row.includes(` ${fixed}: `),
          ),
    );
    expect(missing.map(({ name }) => name)).toEqual([]);
  });

  it("has checks of which the installed releases of ws and Socket.IO are clean", async () => {
    const ofWs = await scanScene({ start: () => startWs() }, checksOf("ws", "websocket-driver"));
    const ofSocketIo = await scanScene(
      { start: () => startSocketIo() },
      checksOf("socket.io", "socket.io-parser", "engine.io"),
    );
    for (const { findings, passed } of [ofWs, ofSocketIo]) {
      expect(findings.filter(({ check }) => check !== "large-message-limit")).toEqual([]);
      expect(passed.length).toBeGreaterThan(1);
    }
  });
});

describe("currentReleases", () => {
  /** What is told by the time that nothing happens, or that answers take, is left to `npm run corpus -- --current`. */
  const checks = builtInChecks.filter(
    ({ id, isBackground, needsBrowser }) =>
      isBackground !== true && needsBrowser !== true && !id.includes("slow-"),
  );
  /** Vite answers no handshake of another protocol than its own: each takes as long as an answer is waited for. */
  const unanswered =
    /^(?:accepts-without-subprotocol|discloses-in-refusal|(?:engine-io|graphql|mqtt|polling|socket-io)-.*|.*-(?:unknown|unoffered)-subprotocol)$/;

  it.each([
    ["graphql-ws", checks],
    ["vite", checks.filter(({ id }) => !unanswered.test(id))],
  ] as const)(
    "says what is found in %s, of its installed release too",
    { timeout: 180_000 },
    async (name, asked) => {
      const release = currentReleases.find((each) => each.name === name);
      if (release === undefined) throw new Error(`there is no release ${name}`);
      const { subprotocols = [] } = release;
      const { patienceMs } = defaultSettings;
      const pace = { ...quickSettings.pace, totalMs: 110_000 };
      const { findings, passed, endedEarly } = await scanScene(
        // It is another process, which a busy machine may leave waiting: it gets the time that every target gets.
        { start: () => startInstalled(release), settings: { subprotocols, patienceMs, pace } },
        asked,
      );
      expect(endedEarly).toBeNull();
      const judged = findings.filter(({ severity }) => severity !== "info").map(({ check }) => check);
      expect(judged.filter((id) => !release.expected.includes(id))).toEqual([]);
      expect(judged).toContain("large-message-limit");
      expect(passed.length).toBeGreaterThan(30);
    },
  );
});

describe("renderReleasesPage", () => {
  const [release, other] = currentReleases;
  if (release === undefined || other === undefined) throw new Error("there are no releases");
  const result = {
    release,
    version: "1.2.3",
    findings: [],
    passed: 5,
    notTested: [],
    endedEarly: null,
    seconds: 7,
  };
  const terms = { node: "24", before: "", releases: [release, other] };

  it("keeps the rows of releases that were not scanned now, and none of what is no release any more", () => {
    const before = renderReleasesPage([{ ...result, release: other }], terms);
    const rendered = renderReleasesPage([result], { ...terms, before });
    expect(rendered.match(/^\| \S+ \| \S+ 1\.2\.3 \|/gm)).toEqual(
      [release, other].map((each) => `| ${each.name} | ${each.package} 1.2.3 |`),
    );
    const left = renderReleasesPage([], { ...terms, before: rendered, releases: [release] });
    expect(left).not.toContain(`| ${other.name} |`);
    expect(renderReleasesPage([], { ...terms, before: releasesPage, releases: currentReleases })).toBe(
      releasesPage.replace(/on Node \S+,/, "on Node 24,"),
    );
  });

  it("does not call clean what was not scanned whole", () => {
    const rendered = renderReleasesPage([{ ...result, endedEarly: "the time is used up" }], terms);
    expect(rendered).toContain(`| ${release.name} | ${release.package} 1.2.3 | not scanned whole |`);
  });
});

describe("renderCorpusPage", () => {
  const [first, second] = allPairs;
  if (first === undefined || second === undefined) throw new Error("there are no pairs");
  const terms = { node: "24", before: "", pairs: [first, second] };
  const clean = { version: "1.0.1", said: "clean", words: "" } as const;
  const found = { version: "1.0.0", said: "found", words: "" } as const;

  it("calls what was not tested so, and does not count it", () => {
    const untested = { version: "1.0.0", said: "not tested", words: "" } as const;
    const rendered = renderCorpusPage([{ pair: first, vulnerable: untested, fixed: clean }], terms);
    expect(rendered).toContain("0 of 1 pairs are told apart");
    expect(rendered).toContain("1.0.0: not tested");
  });

  it("judges a row that it keeps as it judged the scan", () => {
    const verdicts = [found, clean, { ...clean, said: "not tested" }] as const;
    for (const vulnerable of verdicts)
      for (const fixed of verdicts) {
        const result = { pair: first, vulnerable, fixed };
        const told = `${isTold(result) ? 1 : 0} of 1 pairs are told apart`;
        const before = renderCorpusPage([result], terms);
        expect([before, renderCorpusPage([], { ...terms, before })]).toEqual([
          expect.stringContaining(told),
          before,
        ]);
      }
  });

  it("keeps the rows of pairs that were not scanned now, and none of what is no pair any more", () => {
    const before = renderCorpusPage([{ pair: second, vulnerable: found, fixed: clean }], terms);
    const rendered = renderCorpusPage([{ pair: first, vulnerable: found, fixed: clean }], {
      ...terms,
      before,
    });
    expect(rendered).toContain("2 of 2 pairs are told apart");
    expect(rendered.indexOf(`| ${first.name} |`)).toBeLessThan(rendered.indexOf(`| ${second.name} |`));
    const left = renderCorpusPage([], { ...terms, before: rendered, pairs: [first] });
    expect(left).toContain("1 of 1 pairs are told apart");
    expect(renderCorpusPage([], { ...terms, before: page, pairs: allPairs })).toBe(
      page.replace(/on Node \S+\./, "on Node 24."),
    );
  });
});
