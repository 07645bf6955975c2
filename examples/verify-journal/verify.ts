// Verifies a journal, or a proof from one, by docs/reference/journal-format.md alone: it shares no code with Sallyport.
//
//   node verify.ts DIRECTORY [--checkpoint FILE] [--key VERIFIER]
//   node verify.ts --proof FILE --checkpoint FILE --key VERIFIER
import { createHash, createPublicKey, verify } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { crc32 } from "node:zlib";

const sha256 = (...parts: Uint8Array[]): Buffer => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const leafHash = (bytes: Uint8Array): Buffer => sha256(Uint8Array.of(0), bytes);
const unbase64 = (text: string): Buffer => Buffer.from(text, "base64");
const nodeHash = (left: Uint8Array, right: Uint8Array): Buffer => sha256(Uint8Array.of(1), left, right);

type Frame = { kind: string; index: number; content: Buffer; body: Buffer; chain: Buffer };

/** The frames of a file, and how many bytes of one that is not whole are left, or what is wrong there. */
function readFrames(file: Buffer): { frames: Frame[]; rest: number | string } {
  const frames: Frame[] = [];
  let at = 0;
  while (at < file.length) {
    if (file.length - at < 20) return { frames, rest: file.length - at };
    const kind = file.toString("latin1", at, at + 4);
    const sound = crc32(file.subarray(at, at + 16)) === file.readUInt32LE(at + 16);
    if (!["SPJH", "SPJB", "SPJF"].includes(kind) || !sound) return { frames, rest: `no frame at byte ${at}` };
    const end = at + 20 + file.readUInt32LE(at + 4) + 32;
    if (end > file.length) return { frames, rest: file.length - at };
    const content = file.subarray(at, end - 32);
    const index = Number(file.readBigUInt64LE(at + 8));
    frames.push({ kind, index, content, body: content.subarray(20), chain: file.subarray(end - 32, end) });
    at = end;
  }
  return { frames, rest: 0 };
}

/** Adds a leaf to the tree's right edge: the roots of its complete subtrees, the largest first. */
function grow(edge: Buffer[], leaf: Buffer, size: number): void {
  let node = leaf;
  for (let rest = size; rest % 2 === 1; rest = Math.floor(rest / 2))
    node = nodeHash(edge.pop() ?? Buffer.alloc(0), node);
  edge.push(node);
}

const rootOf = (edge: Buffer[]): string =>
  edge.reduceRight((right, left) => nodeHash(left, right)).toString("hex");

/** The text of a note that the key signed; throws otherwise. @param what ends its first line, behind the key's name */
function readNote(path: string | Buffer, verifier: string, what = ""): string {
  const [name = "", , ...rest] = verifier.trim().split("+");
  const bytes = unbase64(rest.join("+"));
  const id = sha256(Buffer.from(`${name}\n`), bytes).subarray(0, 4);
  const der = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), bytes.subarray(1)]);
  const key = createPublicKey({ key: der, format: "der", type: "spki" });
  const note = typeof path === "string" ? readFileSync(path, "utf8") : path.toString();
  const text = note.slice(0, note.indexOf("\n\n") + 1);
  const signed = note
    .slice(text.length + 1)
    .split("\n")
    .filter((line) => line.startsWith(`\u2014 ${name} `))
    .map((line) => unbase64(line.slice(name.length + 3)))
    .some((sign) => sign.subarray(0, 4).equals(id) && verify(null, Buffer.from(text), key, sign.subarray(4)));
  if (signed && text.startsWith(`${name}${what}\n`)) return text;
  throw new Error("a checkpoint or tombstone was not signed by this key");
}

function readCheckpoint(path: string | Buffer, verifier: string): { size: number; root: string } {
  const [, size, root = ""] = readNote(path, verifier).split("\n");
  return { size: Number(size), root: unbase64(root).toString("hex") };
}

/** The fields of all tombstones, the oldest first: number and hash of the segment, its frames, the chain and the tree after it. */
function readTombstones(directory: string, verifier: string): string[][] {
  const form = /\nsegment (\d+) (\w+)\nframes (\d+) (\d+)\n[^]*\nchain (.+)\ntree (.+)\n$/;
  const names = readdirSync(directory).filter((name) => name.endsWith(".tombstone"));
  return names
    .map((name) => form.exec(readNote(join(directory, name), verifier, "/retired")) ?? [])
    .sort(([, a], [, b]) => Number(a) - Number(b));
}

const half = (size: number): number => 2 ** Math.floor(Math.log2(size - 1));
const split = (path: Buffer[]): [Buffer[], Buffer] => [path.slice(0, -1), path.at(-1) ?? Buffer.alloc(0)];

/** The root that a leaf and its path lead to (RFC 9162 2.1.3). */
function inclusionRoot(leaf: Buffer, index: number, size: number, path: Buffer[]): Buffer {
  if (size <= 1) return path.length === 0 && index === 0 ? leaf : Buffer.alloc(0);
  const [rest, last] = split(path);
  return index < half(size)
    ? nodeHash(inclusionRoot(leaf, index, half(size), rest), last)
    : nodeHash(last, inclusionRoot(leaf, index - half(size), size - half(size), rest));
}

/** The roots of the earlier and the later tree that a path leads to (RFC 9162 2.1.4). @param known of the earlier, while intact */
function consistencyRoots(from: number, to: number, path: Buffer[], known?: Buffer): [Buffer, Buffer] {
  const [rest, last] = split(path);
  if (from >= to) {
    const node = path.length === (known === undefined ? 1 : 0) ? (known ?? last) : Buffer.alloc(0);
    return [node, node];
  }
  const inLeft = from <= half(to);
  const [before, after] = inLeft
    ? consistencyRoots(from, half(to), rest, known)
    : consistencyRoots(from - half(to), to - half(to), rest);
  return inLeft ? [before, nodeHash(after, last)] : [nodeHash(last, before), nodeHash(last, after)];
}

/** Goes through all segments; the roots of the tree at every size that can be known. */
function verifyAll(directory: string, verifier: string): Map<number, string> {
  const segments = readdirSync(directory)
    .filter((name) => /\.(segment|open)$/.test(name))
    .map((name) => ({ name, file: readFileSync(join(directory, name)) }))
    .map(({ name, file }) => Object.assign(readFrames(file), { name, file }))
    .filter(
      ({ name, rest, frames }) => frames.length > 0 || rest !== Number(rest) || name.endsWith(".segment"),
    )
    .sort((a, b) => Number(a.frames[0]?.index) - Number(b.frames[0]?.index));
  const roots = new Map<number, string>();
  let edge: Buffer[] = [];
  let [chain, previous]: [Buffer, Buffer] = [Buffer.alloc(32), Buffer.alloc(32)];
  let [number, next, records] = [0, 0, 0];
  for (const [, which, hash = "", first, last, end = "", tree = ""] of readTombstones(directory, verifier)) {
    const sound = existsSync(join(directory, `${hash}.tombstone`)) && Number(which) === ++number;
    if (!sound || Number(first) !== next || existsSync(join(directory, `${hash}.segment`)))
      throw new Error(`the tombstone of segment ${which} does not follow, or the segment is here`);
    [next, chain, previous] = [Number(last) + 1, unbase64(end), Buffer.from(hash, "hex")];
    edge = (unbase64(tree).toString("hex").match(/.{64}/g) ?? []).map((text) => Buffer.from(text, "hex"));
    roots.set(next, rootOf(edge));
  }
  for (const { name, file, frames, rest } of segments) {
    const check = (holds: boolean, what: string): void => {
      if (!holds) throw new Error(`${name}: ${what}; frames 0 to ${next - 1} are sound`);
    };
    const sealed = name.endsWith(".segment");
    const digest = sha256(file);
    check(!sealed || `${digest.toString("hex")}.segment` === name, "its name is not the hash of its bytes");
    check(!sealed || (rest === 0 && frames.at(-1)?.kind === "SPJF"), "its end was cut off");
    check(typeof rest === "number", `broken: ${rest}`);
    const head = frames[0]?.body ?? Buffer.alloc(200);
    check(Number(head.readBigUInt64LE(36)) === number + 1, `it is not segment ${number + 1}`);
    check(head.subarray(52, 84).equals(previous), "it does not follow the segment before it");
    check(head.subarray(84, 116).equals(chain), "its chain does not continue");
    check(head.subarray(184).equals(Buffer.concat(edge)), "its tree does not continue");
    for (const { kind, index, content, body, chain: told } of frames) {
      const leaf = leafHash(content);
      chain = sha256(Uint8Array.of(2), chain, leaf);
      check(index === next && chain.equals(told), `the chain breaks at frame ${next}`);
      if (kind === "SPJB") records += body.readUInt32LE();
      if (kind === "SPJF") {
        const { size, root } = readCheckpoint(body.subarray(12, 12 + body.readUInt32LE(8)), verifier);
        check(size === next && root === roots.get(next), "its checkpoint does not fit");
      }
      grow(edge, leaf, next++);
      roots.set(next, rootOf(edge));
    }
    [number, previous] = [number + 1, digest];
    if (rest !== 0) console.log(`${name}: ${rest} bytes of a write that was not finished`);
  }
  console.log(`${number} segments, ${next} frames, ${records} records: the chain holds`);
  return roots;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { checkpoint: { type: "string" }, key: { type: "string" }, proof: { type: "string" } },
});
try {
  const [directory = "."] = positionals;
  const keyring = join(directory, "keyring.json");
  const verifier: string = values.key ?? JSON.parse(readFileSync(keyring, "utf8")).verifier;
  const trusted = values.checkpoint === undefined ? null : readCheckpoint(values.checkpoint, verifier);
  if (values.proof !== undefined) {
    const proof = JSON.parse(readFileSync(values.proof, "utf8"));
    const path: Buffer[] = (proof.inclusion ?? proof.consistency).map(unbase64);
    const earlier = Buffer.from(proof.root ?? "", "hex");
    const [before, root] =
      proof.inclusion === undefined
        ? consistencyRoots(proof.from, proof.to, path, earlier)
        : [earlier, inclusionRoot(leafHash(unbase64(proof.leaf)), proof.index, proof.size, path)];
    if (root.toString("hex") !== trusted?.root || !before.equals(earlier)) throw new Error("not proven");
    console.log("proven");
  } else {
    const beside = join(directory, "checkpoint");
    const own = existsSync(beside) ? readCheckpoint(beside, verifier) : null;
    const roots = verifyAll(directory, verifier);
    for (const { size, root } of [own, trusted].filter((checkpoint) => checkpoint !== null))
      if (!roots.has(size) && size < ([...roots.keys()].at(-1) ?? 0))
        console.log(`unknown: whether a checkpoint of ${size} frames fits, whose last were retired`);
      else if (roots.get(size) !== root)
        throw new Error(`a checkpoint of ${size} frames does not fit: cut, or another`);
    if (trusted === null) console.log("unknown without --checkpoint: whether the end was cut or rolled back");
    if (values.key === undefined) console.log("unknown without --key: whose the key in keyring.json is");
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
