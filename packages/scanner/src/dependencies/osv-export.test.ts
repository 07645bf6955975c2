import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { exportLimits, readOsvExport } from "./osv-export.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sallyport-osv-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** A ZIP archive of one file (APPNOTE 4.3), which may lie about its size. */
function archiveOf(name: string, content: Buffer, said: number = content.length): Buffer {
  const packed = deflateRawSync(content);
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(8, 4);
  common.writeUInt32LE(crc32(content), 10);
  common.writeUInt32LE(packed.length, 14);
  common.writeUInt32LE(said, 18);
  common.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from("PK\u0003\u0004"), common, Buffer.from(name), packed]);
  const central = Buffer.concat([
    Buffer.from("PK\u0001\u0002"),
    Buffer.from([20, 0]),
    common,
    Buffer.alloc(14),
    Buffer.from(name),
  ]);
  const end = Buffer.alloc(22);
  end.write("PK\u0005\u0006");
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}

async function read(name: string, content?: Buffer | string): Promise<readonly unknown[]> {
  const path = join(directory, name);
  if (content !== undefined) writeFileSync(path, content);
  const records: unknown[] = [];
  for await (const record of readOsvExport(path)) records.push(record);
  return records;
}

describe("readOsvExport", () => {
  it("reads an archive, a folder, a record and a list of them", async () => {
    expect(await read("all.zip", archiveOf("GHSA-1.json", Buffer.from('{"id":"1"}')))).toEqual([{ id: "1" }]);
    expect(await read("all.zip", archiveOf("README.md", Buffer.from("# OSV")))).toEqual([]);
    expect(await read("one.json", '{"id":"2"}')).toEqual([{ id: "2" }]);
    expect(await read("two.json", '[{"id":"3"},{"id":"4"}]')).toEqual([{ id: "3" }, { id: "4" }]);
    expect(await read("")).toEqual([{ id: "2" }, { id: "3" }, { id: "4" }]);
  });

  it("refuses what is too large, lies about its size, or is no JSON", async () => {
    const large = Buffer.alloc(exportLimits.bytes + 1, " ");
    await expect(read("large.zip", archiveOf("a.json", large))).rejects.toThrow("a.json is larger than");
    await expect(read("lies.zip", archiveOf("a.json", large, 100))).rejects.toThrow(/too many bytes/);
    await expect(read("broken.zip", archiveOf("a.json", Buffer.from("{")))).rejects.toThrow(
      "a.json is not JSON",
    );
    await expect(read("none.zip", "PK")).rejects.toThrow(/signature not found/i);
    await expect(read("missing.json")).rejects.toThrow("ENOENT");
  });
});
