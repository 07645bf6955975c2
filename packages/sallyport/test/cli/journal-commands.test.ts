import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

import { messageFacts, sessionFacts } from "../journal-fixture.ts";
import { calledJournal, callMain, recordAttack, thatTime } from "./journal-call.ts";

/** The one that shares no code with Sallyport. */
const secondVerifier = fileURLToPath(
  new URL("../../../../examples/verify-journal/verify.ts", import.meta.url),
);

const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");

describe("journal search", () => {
  it("finds by field and text, the newest first, and says what it read", async () => {
    const called = calledJournal();
    await recordAttack(called);
    const byUser = await called.call("search", "--user", "ann");
    expect(byUser).toMatchObject({
      code: 0,
      err: expect.stringMatching(/^6 found; \d+ of \d+ blocks read, /),
    });
    expect(lines(byUser.out)[0]).toMatch(/^2026-11-30T12:00:00.040Z \d+:\d+ +· closed +4522 by the gate/);
    expect(lines(byUser.out).at(-1)).toMatch(
      /· opened +\/chat from page https:\/\/app.example.com \[sAnn\] ann/,
    );
    const without = await called.call("search", "--text", "hello from");
    expect(without).toMatchObject({ out: "", err: expect.stringContaining("--reason TEXT does that") });
    const byText = await called.call("search", "--text", "hello from", "--reason", "ticket 4711");
    expect(lines(byText.out)).toEqual([
      expect.stringMatching(/→ pass +#1 text 14 B \[full\] \[sBen\] ben 192.0.2.2 \/chat$/),
    ]);
    expect(byText.out).not.toContain("hello");
    const byIncident = await called.call("search", "--incident", "iForeign");
    expect(byIncident.out).toContain("· refuse   origin.foreign (403) /chat from page https://evil.example");
    expect((await called.call("search", "--guard", "leak", "--verdict", "close")).err).toMatch(/^2 found/);
    expect(
      (
        await called.call(
          "search",
          "--since",
          "2026-11-30T12:00:00.025Z",
          "--until",
          "2026-11-30T12:00:00.031Z",
        )
      ).err,
    ).toMatch(/^3 found/);
    expect((await called.call("search", "--user", "nobody")).err).toMatch(
      /^0 found; \d+ of \d+ blocks read, 2 skipped by index/,
    );
  });

  it("stops at its limit, and writes JSON on request", async () => {
    const called = calledJournal();
    await recordAttack(called);
    const { out, err } = await called.call("search", "--session", "sAnn", "--limit", "2", "--json");
    expect(err).toMatch(/^2 found \(--limit\)/);
    expect(lines(out).map((line) => JSON.parse(line).type)).toEqual(["closed", "decision"]);
  });

  it.each([
    [["--since", "yesterday"], "--since: expected a time such as"],
    [["--until", "2026-13-01"], "--until: expected a time such as"],
    [["--since", "1h", "--until", "2h"], "expected the later one in --until"],
    [["--verdict", "closed"], "did you mean close?"],
    [["--guard", "leek"], "did you mean leak?"],
    [["--text", ""], "--text: expected a text"],
    [["--limit", "0"], "--limit: expected a whole number"],
    [["--reason", " "], "--reason: expected a reason"],
  ])("refuses %j", async (argv, problem) => {
    const outcome = await calledJournal().call("search", ...argv);
    expect(outcome).toMatchObject({ code: 2, out: "", err: expect.stringContaining(problem) });
  });

  it("ends quietly when whoever reads it has gone", async () => {
    const called = calledJournal();
    await recordAttack(called);
    const outcome = await called.callWith({ pour: async () => await Promise.resolve(false) }, "search");
    expect(outcome).toEqual({ code: 0, out: "", err: "" });
  });
});

describe("journal show", () => {
  it("shows a session as a conversation, and whole contents only with a reason", async () => {
    const called = calledJournal();
    await recordAttack(called);
    const without = await called.call("show", "sAnn");
    expect(without).toMatchObject({
      code: 0,
      err: "3 contents are left out: --reason TEXT shows it, and is recorded\n",
    });
    expect(without.out).toContain("session sAnn  route /chat  user ann  from 192.0.2.1\n2026-11-30\n");
    expect(without.out).not.toContain("4111");
    expect(without.out).not.toContain("ben");
    const shown = await called.call("show", "sAnn", "--reason", "ticket 4711");
    expect(shown).toMatchObject({ code: 0, err: "" });
    const said = lines(shown.out);
    expect(said).toEqual([
      "session sAnn  route /chat  user ann  from 192.0.2.1",
      "2026-11-30",
      expect.stringMatching(/^12:00:00.000 {2}· opened/),
      expect.stringMatching(/^12:00:00.010 {2}→ pass +#1 text 30 B join \[full\] \d+:\d+$/),
      "              {",
      '                "type": "join",',
      '                "room": "lobby"',
      "              }",
      expect.stringMatching(/^12:00:00.020 {2}← pass +#2 text 7 B \[full\]/),
      "              welcome",
      expect.stringMatching(/^12:00:00.030 {2}→ close +#3 .*leak.closed incident iLeak/),
      "              4111 1111 1111 1111",
      expect.stringMatching(/^12:00:00.030 {2}· close +inbound leak.closed: a card number incident iLeak$/),
      expect.stringMatching(/^ {14}A message to the client/),
      expect.stringMatching(/^ {14}to allow: /),
      expect.stringMatching(/^12:00:00.040 {2}· closed +4522 by the gate/),
    ]);
  });

  it("finds the session of an incident and points at it, or the handshake that was refused", async () => {
    const called = calledJournal();
    await recordAttack(called);
    const leak = await called.call("show", "iLeak", "--reason", "ticket 4711");
    expect(leak.out).toContain("welcome");
    expect(lines(leak.out).filter((line) => line.endsWith("◀ this incident"))).toHaveLength(2);
    const foreign = await called.call("show", "iForeign");
    expect(foreign.out).toMatch(/· refuse +origin.foreign .*◀ this incident\n +.*\n +to allow: /);
    expect(await called.call("show", "nowhere")).toMatchObject({
      code: 2,
      err: expect.stringContaining("no session and no incident nowhere"),
    });
    expect(await called.call("show", "a b")).toMatchObject({ code: 2 });
    expect(await called.call("show", "sAnn", "--dialect", "klingon")).toMatchObject({
      code: 2,
      err: expect.stringContaining("json-rpc"),
    });
  });

  it("says what was shed, what was erased, and cuts what is long", async () => {
    const called = calledJournal();
    const writer = await called.writer();
    const session = writer.intake.session(sessionFacts({ session: "s1", user: "ann" }));
    session.message(messageFacts({}, "x".repeat(2000)));
    session.message(messageFacts({ payload: { kind: "digest", bytes: Buffer.from("d") } }));
    session.message(
      messageFacts({ opcode: "binary", payload: { kind: "full", bytes: Uint8Array.of(0xff, 0x1b, 0x41) } }),
    );
    session.message(messageFacts({}, `[${"0,".repeat(100)}0]`));
    writer.close();
    const { out } = await called.call("show", "s1", "--reason", "r");
    expect(out).toContain(
      `${"x".repeat(500)}… (1500 characters more)\n              … longer: --full shows all of it\n`,
    );
    expect(out).toMatch(/digest [0-9a-f]{32}\n/);
    expect(out).toContain("00000000  ff 1b 41                                         ..A\n");
    expect(out).toContain("… 63 lines more: --full shows all of it");
    const full = await called.call("show", "s1", "--reason", "r", "--full");
    expect(full.out).toContain("x".repeat(2000));
    expect(full.out).not.toContain("--full");
    expect(await called.call("erase", "--user", "ann", "--yes")).toMatchObject({ code: 0 });
    const erased = await called.call("show", "s1", "--reason", "r");
    expect(erased.out).toContain("(kept: it was erased: its key is gone)");
    expect(erased.err).toBe("4 contents are left out: it was erased: its key is gone\n");
  });

  it("reads contents in their dialect", async () => {
    const called = calledJournal();
    const writer = await called.writer();
    const session = writer.intake.session(sessionFacts());
    const request = '{"jsonrpc":"2.0","id":7,"method":"notes.add","params":{"n":12345678901234567890}}';
    session.message(messageFacts({}, request));
    session.message(messageFacts({}, "no JSON"));
    writer.close();
    const { out } = await called.call("show", "s1", "--reason", "r", "--dialect", "json-rpc");
    expect(out).toMatch(/call notes.add id 7\n +\{\n/);
    expect(out).toContain('"n": 12345678901234567890\n');
    expect(out).toMatch(/\(not read in its dialect: .*\)\n +no JSON\n/);
  });
});

describe("journal tail", () => {
  it("shows the newest, the oldest of them first, and goes on with what comes", async () => {
    const called = calledJournal();
    await recordAttack(called);
    const { out } = await called.call("tail", "--lines", "3", "--session", "sAnn");
    expect(lines(out).map((line) => line.split(/ +/)[3])).toEqual(["close", "close", "closed"]);
    const gate = await called.gate();
    const poured: string[] = [];
    const pour = async (text: string): Promise<boolean> => {
      poured.push(text);
      if (poured.length === 1) {
        gate.session(sessionFacts({ session: "sAnn" })).message(messageFacts({ size: 77 }));
        await gate.flush();
      }
      return poured.length < 2;
    };
    const argv = ["tail", "-f", "-n", "1", "--session", "sAnn"];
    expect(await called.callWith({ pour }, ...argv)).toMatchObject({ code: 0 });
    expect(poured).toEqual([expect.stringContaining("closed"), expect.stringContaining("text 77 B")]);
  });
});

describe("journal export", () => {
  it("writes JSON Lines, an archive and a table, contents with a reason", async () => {
    const called = calledJournal();
    await recordAttack(called);
    const without = await called.call("export", "--session", "sAnn");
    expect(without.err).toBe(
      "6 records exported\n3 contents are left out: --reason TEXT shows it, and is recorded\n",
    );
    expect(lines(without.out).map((line) => JSON.parse(line).type)[0]).toBe("open");
    expect(without.out).not.toContain("welcome");
    const all = await called.call("export", "--session", "sAnn", "--reason", "r", "--to", "ann.jsonl");
    expect(all).toEqual({ code: 0, out: "", err: "6 records exported\n" });
    const file = join(called.directory, "ann.jsonl");
    expect(lines(readFileSync(file, "utf8")).map((line) => JSON.parse(line).content?.text)).toContain(
      "welcome",
    );
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await called.call("export", "--to", "ann.jsonl")).toMatchObject({
      code: 2,
      err: expect.stringContaining("is there already"),
    });
    const har = await called.call("export", "--session", "sAnn", "--format", "har", "--reason", "r");
    expect(JSON.parse(har.out).log.entries[0]._webSocketMessages[1]).toMatchObject({
      type: "receive",
      data: "welcome",
    });
    const csv = await called.call("export", "--session", "sAnn", "--format", "csv", "--reason", "r");
    expect(csv.out.split("\r\n")[0]).toMatch(/^record,time,type,session,.*,content$/);
    expect(csv.out).toContain(',"welcome"\r\n');
    expect(await called.call("export", "--format", "xml")).toMatchObject({
      code: 2,
      err: "--format: expected one of jsonl, har, csv\n",
    });
    expect(await called.call("export", "--to", "no/such/folder")).toMatchObject({ code: 2 });
  });
});

describe("journal verify", () => {
  it("finds a journal sound, with and without its key, and says what it cannot know", async () => {
    const called = calledJournal();
    await recordAttack(called);
    const sound = await called.call("verify");
    expect(sound.code).toBe(0);
    expect(sound.out).toMatch(/^sound +\nread +2 segments, \d+ frames, \d+ records/);
    expect(sound.out).toContain("unknown  whether the end was cut off");
    const dir = called.journal.directory;
    const keyless = await callMain(["journal", "verify", "--dir", dir], { directory: dir });
    expect(keyless).toMatchObject({
      code: 0,
      out: expect.stringContaining("whose the public key beside the segments is"),
    });
    const checkpoint = join(dir, "checkpoint");
    const known = await called.call("verify", "--checkpoint", checkpoint, "--json");
    const report = JSON.parse(known.out);
    expect(report).toMatchObject({ ok: true, faults: [], unknown: [] });
    writeFileSync(join(called.directory, "public.key"), `${report.verifier}\n`);
    for (const key of ["public.key", report.verifier])
      expect(await called.call("verify", "--public-key", key)).toMatchObject({ code: 0 });
  });

  it("exits 1 where the chain is broken, and says where and what still holds", async () => {
    const called = calledJournal();
    await recordAttack(called);
    const name = called.journal.names().find((file) => file.endsWith(".segment")) ?? "";
    const path = join(called.journal.directory, name);
    const bytes = readFileSync(path);
    bytes[600] = (bytes[600] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const broken = await called.call("verify");
    expect(broken.code).toBe(1);
    expect(broken.out).toMatch(/^BROKEN +\n/);
    expect(broken.out).toMatch(new RegExp(`^fault +${name}, frame \\d+, byte \\d+: `, "m"));
    expect(broken.out).toMatch(/^holds +frames \d+ to \d+ continue each other/m);
    expect(JSON.parse((await called.call("verify", "--json")).out)).toMatchObject({ ok: false });
  });

  it("exits 2 where it is not given what it needs", async () => {
    const called = calledJournal();
    const { directory } = called;
    expect(await callMain(["journal", "verify"], { directory })).toMatchObject({
      code: 2,
      err: expect.stringContaining("--dir DIRECTORY"),
    });
    expect(await callMain(["journal", "verify", "--dir", "nowhere"], { directory })).toMatchObject({
      code: 2,
      err: expect.stringContaining("expected a journal in"),
    });
    expect(await called.call("verify", "--checkpoint", "nowhere")).toMatchObject({ code: 2 });
    expect(await called.call("verify", "--public-key", "nowhere")).toMatchObject({ code: 2 });
    expect(await called.call("verify", "--config", "a.yaml")).toMatchObject({
      code: 2,
      err: expect.stringContaining("take it out, or --config"),
    });
    writeFileSync(join(directory, "bad.key"), "short");
    expect(
      await callMain(["journal", "verify", "--dir", called.journal.directory, "--key", "bad.key"], {
        directory,
      }),
    ).toMatchObject({ code: 2, err: expect.stringContaining("openssl rand") });
  });
});

describe("journal prove", () => {
  it("proves one record to somebody who has none of the journal", async () => {
    const called = calledJournal();
    await recordAttack(called);
    const made = await called.call("prove", "iLeak", "--to", "sealed.json");
    expect(made).toMatchObject({ code: 0, out: "", err: expect.stringContaining("leak.closed") });
    expect(statSync(join(called.directory, "sealed.json")).mode & 0o777).toBe(0o600);
    const { directory } = called;
    const check = async (...argv: string[]): ReturnType<typeof callMain> =>
      await callMain(["journal", "verify", "--proof", ...argv], { directory });
    const sealed = await check("sealed.json");
    expect(sealed).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^proven: record \d+:\d+ is in the journal/),
    });
    expect(sealed.out).toContain("unknown  what the record says");
    expect(sealed.out).not.toContain("leak.closed");
    const checkpoint = join(directory, "theirs");
    copyFileSync(join(called.journal.directory, "checkpoint"), checkpoint);
    const { verifier } = JSON.parse((await called.call("verify", "--json")).out);
    expect(await called.call("prove", "iLeak", "--content")).toMatchObject({
      code: 2,
      err: expect.stringContaining("--reason"),
    });
    expect(await called.call("search", "--incident", "iLeak", "--json")).toMatchObject({ code: 0 });
    const [, message = ""] = lines((await called.call("search", "--incident", "iLeak", "--json")).out);
    const { frame, position } = JSON.parse(message);
    await called.call(
      "prove",
      `${frame}:${position}`,
      "--content",
      "--reason",
      "r",
      "--to",
      "open.json",
      "--checkpoint",
      checkpoint,
    );
    const open = await check("open.json", "--checkpoint", checkpoint, "--public-key", verifier);
    expect(open.out).toMatch(/leak.closed incident iLeak \[sAnn\] ann .*\n {4}4111 1111 1111 1111\nkey/);
    expect(open.out).not.toContain("unknown");
    expect(JSON.parse((await check("open.json", "--json")).out)).toMatchObject({
      ok: true,
      record: { content: { text: "4111 1111 1111 1111" } },
    });
    const argv = ["--proof", join(directory, "open.json"), "--checkpoint", checkpoint, "--key", verifier];
    const second = spawnSync(process.execPath, [secondVerifier, ...argv], { encoding: "utf8" });
    expect(second).toMatchObject({ status: 0, stdout: "proven\n" });
    const proof = JSON.parse(readFileSync(join(directory, "open.json"), "utf8"));
    writeFileSync(join(directory, "forged.json"), JSON.stringify({ ...proof, index: proof.index + 1 }));
    expect(await check("forged.json")).toMatchObject({ code: 1, out: expect.stringContaining("NOT PROVEN") });
    expect(await check("nowhere.json")).toMatchObject({ code: 2 });
  });

  it("refuses what is not there, or not covered", async () => {
    const called = calledJournal();
    await recordAttack(called);
    expect(await called.call("prove", "99:1")).toMatchObject({
      code: 2,
      err: "there is no record 99:1 here\n",
    });
    expect(await called.call("prove", "1:99")).toMatchObject({ code: 2 });
    expect(await called.call("prove", "nowhere")).toMatchObject({ code: 2 });
    expect(await called.call("prove", "!")).toMatchObject({ code: 2 });
    expect(await called.call("prove", "1:0", "--checkpoint", "nowhere")).toMatchObject({ code: 2 });
    writeFileSync(join(called.directory, "no-checkpoint"), "hello");
    expect(await called.call("prove", "1:0", "--checkpoint", "no-checkpoint")).toMatchObject({ code: 2 });
  });
});

describe("journal erase", () => {
  it("asks, and destroys what a user said, and nothing else", async () => {
    const called = calledJournal();
    await recordAttack(called);
    expect(await called.call("erase", "--user", "ann")).toMatchObject({
      code: 2,
      err: expect.stringContaining("--yes"),
    });
    const asked: string[] = [];
    const ask = (answer: string) => async (question: string) => {
      asked.push(question);
      return await Promise.resolve(answer);
    };
    expect(await called.callWith({ ask: ask("y") }, "erase", "--user", "ann")).toMatchObject({ code: 2 });
    const done = await called.callWith({ ask: ask("ann") }, "erase", "--user", "ann");
    expect(done).toMatchObject({ code: 0, out: expect.stringContaining("1 key of ann destroyed") });
    expect(asked[0]).toContain("cannot be undone");
    expect((await called.call("show", "sAnn", "--reason", "r")).out).not.toContain("welcome");
    expect((await called.call("show", "sBen", "--reason", "r")).out).toContain("hello from ben");
    expect(await called.call("verify")).toMatchObject({ code: 0 });
    expect((await called.call("erase", "--user", "ann", "--yes", "--json")).out).toBe(
      '{"user":"ann","keys":0}\n',
    );
    expect((await called.call("search", "--text", "ann")).out).toContain("journal  erased");
  });
});

describe("journal rotate-key", () => {
  it("makes a key that opens the journal from then on, and no other does", async () => {
    const called = calledJournal();
    await recordAttack(called);
    const rotated = await called.call("rotate-key", "--to", "new.key");
    expect(rotated).toMatchObject({ code: 0, out: expect.stringContaining("made ") });
    const fresh = join(called.directory, "new.key");
    expect(statSync(fresh).mode & 0o777).toBe(0o600);
    expect(await called.call("search")).toMatchObject({
      code: 2,
      err: expect.stringContaining("not the master key of the journal"),
    });
    const argv = ["--dir", called.journal.directory, "--key", fresh];
    expect((await callMain(["journal", "show", "sAnn", "--reason", "r", ...argv], called)).out).toContain(
      "welcome",
    );
    const same = await callMain(["journal", "rotate-key", "--to", fresh, ...argv], called);
    expect(same).toMatchObject({ code: 2, err: expect.stringContaining("it is the key in use") });
    const back = await callMain(["journal", "rotate-key", "--json", "--to", called.keyFile, ...argv], called);
    expect(JSON.parse(back.out)).toMatchObject({ made: false, file: called.keyFile });
    expect(await called.call("verify")).toMatchObject({ code: 0 });
    expect(await called.call("rotate-key", "--to", "no/such/folder")).toMatchObject({ code: 2 });
    expect(existsSync(join(called.directory, "no"))).toBe(false);
  });
});

describe("journal grant, readers and revoke-reader", () => {
  it("give somebody what a role may read, and take what comes", async () => {
    const called = calledJournal();
    await recordAttack(called);
    const { directory, journal } = called;
    const granted = await called.call("grant", "viewer", "--to", "viewer.key", "--json");
    const { reader } = JSON.parse(granted.out);
    expect(statSync(join(directory, "viewer.key")).mode & 0o777).toBe(0o600);
    expect(await called.call("grant", "analyst", "--to", "analyst.key")).toMatchObject({ code: 0 });
    const as = async (key: string, ...argv: string[]): ReturnType<typeof callMain> =>
      await callMain(["journal", ...argv, "--dir", journal.directory, "--key", key], { directory });
    const seen = await as("viewer.key", "show", "sAnn", "--reason", "curious");
    expect(seen.out).toContain("(kept: the key of a viewer does not open it)");
    expect(seen.out).not.toContain("welcome");
    expect((await as("viewer.key", "search", "--text", "hello from", ...thatTime)).err).toMatch(/^0 found/);
    expect((await as("analyst.key", "show", "sAnn", "--reason", "r")).out).not.toContain("welcome");
    expect(await as("viewer.key", "verify")).toMatchObject({ code: 0 });
    for (const argv of [
      ["erase", "--user", "ann", "--yes"],
      ["rotate-key", "--to", "x.key"],
      ["grant", "investigator", "--to", "x.key"],
    ])
      expect(await as("viewer.key", ...argv)).toMatchObject({
        code: 2,
        err: expect.stringContaining("only the master key"),
      });
    expect((await called.call("readers")).out).toMatch(new RegExp(`^READER +ROLE\n${reader} +viewer\n`));
    expect(JSON.parse((await called.call("readers", "--json")).out).readers).toHaveLength(2);
    expect(await called.call("revoke-reader", reader)).toMatchObject({ code: 0 });
    expect(await as("viewer.key", "search")).toMatchObject({
      code: 2,
      err: expect.stringContaining("was revoked"),
    });
    expect(await called.call("revoke-reader", reader)).toMatchObject({ code: 2 });
    expect(await called.call("grant", "king", "--to", "x.key")).toMatchObject({ code: 2 });
    expect(await called.call("grant", "viewer", "--to", "analyst.key")).toMatchObject({ code: 2 });
    const notes = await called.call("search", "--text", "revoked");
    expect(notes.out).toContain(`journal  keys, change revoked, reader ${reader}, role viewer`);
  });
});

describe("a reading", () => {
  it("is a record before anything is shown: who, with which key, what and why", async () => {
    const called = calledJournal();
    await recordAttack(called);
    await called.call("search", "--text", "a secret", "--user", "ann", "--reason", "ticket 4711");
    const { out } = await called.call("search", "--text", "ticket 4711", "--json");
    expect(JSON.parse(out)).toMatchObject({
      type: "journal",
      what: "read",
      role: "investigator",
      reader: null,
      command: "search",
      reason: "ticket 4711",
      asked: { user: "ann", textLength: 8 },
    });
    expect(out).not.toContain("a secret");
  });

  it("is recorded where no gate runs as well, with a reader's key by the next writer", async () => {
    const called = calledJournal();
    await recordAttack(called);
    await called.call("grant", "investigator", "--to", "reader.key");
    await called.stop();
    await called.call("show", "sAnn", "--reason", "ticket 4712");
    expect((await called.call("search", "--text", "ticket 4712")).out).toContain("journal  read, ");
    const place = ["--dir", called.journal.directory, "--key", "reader.key"];
    const read = ["journal", "search", "--reason", "ticket 4713", ...place];
    expect(await callMain(read, called)).toMatchObject({ code: 0 });
    await called.gate();
    const { out } = await called.call("search", "--text", "ticket 4713", "--type", "journal");
    expect(out).toMatch(/journal +read, .*role investigator, reader [0-9a-f]{16}, .*reason ticket 4713/);
  });

  it("shows nothing where it cannot be recorded", async () => {
    const called = calledJournal();
    await recordAttack(called);
    expect(await called.call("search", "--user", "x".repeat(2000))).toMatchObject({
      code: 3,
      out: "",
      err: expect.stringContaining("nothing is shown, since that could not be recorded"),
    });
  });
});

describe("a configuration", () => {
  it("says where the journal is, what opens it, and what its routes speak", async () => {
    const called = calledJournal();
    const { directory } = called;
    const writer = await called.writer();
    const call = '{"jsonrpc":"2.0","id":7,"method":"notes.add","params":{}}';
    writer.intake.session(sessionFacts({ session: "s1" })).message(messageFacts({}, call));
    writer.close();
    await called.gate();
    const write = (journal: unknown): void =>
      writeFileSync(
        join(directory, "sallyport.yaml"),
        JSON.stringify({
          version: 1,
          listen: [{ address: "127.0.0.1:8443", tls: "off" }],
          journal,
          routes: [
            { path: "/chat", upstream: "ws://127.0.0.1:1", identity: "anonymous", dialect: "json-rpc" },
          ],
        }),
      );
    write({ directory: called.journal.directory, keyFile: "journal.key" });
    const show = ["journal", "show", "s1", "--reason", "r"];
    for (const argv of [show, [...show, "--config", "sallyport.yaml"], [...show, "--key", "journal.key"]])
      expect(await callMain(argv, { directory })).toMatchObject({
        code: 0,
        out: expect.stringMatching(/\n +call notes.add id 7\n/),
      });
    expect(await callMain([...show, "--payload-keys", "x"], { directory })).toMatchObject({ code: 2 });
    write("off");
    expect(await callMain(show, { directory })).toMatchObject({
      code: 2,
      err: expect.stringContaining("its `journal` is off"),
    });
    write({ directory: called.journal.directory, keyFile: "none.key" });
    expect(await callMain(show, { directory })).toMatchObject({
      code: 2,
      err: expect.stringContaining("Mend it, or use --dir and --key"),
    });
  });
});

it("refuses a journal that is not there, and a key that is not", async () => {
  const called = calledJournal();
  expect(await called.call("search")).toMatchObject({
    code: 2,
    err: expect.stringContaining("there is no journal in"),
  });
  const { directory } = called;
  expect(await callMain(["journal", "search", "--dir", directory], { directory })).toMatchObject({
    code: 2,
    err: "no key is given: use --key FILE\n",
  });
  expect(
    await callMain(["journal", "search", "--dir", directory, "--key", "none"], { directory }),
  ).toMatchObject({ code: 2, err: expect.stringContaining("found ENOENT") });
  expect(await callMain(["journal"], { directory })).toMatchObject({ code: 2 });
});
