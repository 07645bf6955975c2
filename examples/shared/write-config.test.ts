import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, it, onTestFinished } from "vitest";

import { chatConfig } from "../chat/chat-config.ts";
import { writeConfig } from "./write-config.ts";

it("writeConfig puts other ports in place of every one that the file is written with, and copies what it names", async () => {
  const directory = await mkdtemp(join(tmpdir(), "sallyport-demo-"));
  onTestFinished(async () => await rm(directory, { recursive: true }));
  const { config: original, beside, ports: written } = chatConfig;
  const ports = new Map(Object.values(written).map((port, index) => [port, index + 1]));
  const file = await writeConfig({ original, directory, ports, beside });
  const text = await readFile(file, "utf8");
  const found = [...text.matchAll(/127\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port));
  expect(found.length).toBeGreaterThan(3);
  expect(new Set(found)).toEqual(new Set(ports.values()));
  expect((await readdir(directory)).sort()).toEqual([...beside, "sallyport.yaml"].sort());
});
