import { readFile } from "node:fs/promises";

import { folderOf, type Lesson, type LessonPorts } from "./lesson.ts";
import { lineDiff, type DiffLine } from "./line-diff.ts";
import { scanCommand } from "./scan-lesson.ts";
import type { Variant } from "./stage.ts";

/** A lesson as its page shows it: with its files, how they differ, and commands for where it listens. */
export interface ShownLesson extends Pick<Lesson, "id" | "words" | "lintRules" | "hasPage" | "gateLines"> {
  readonly checks: readonly string[];
  readonly files: readonly { readonly name: string; readonly text: string }[];
  readonly changes: readonly { readonly name: string; readonly lines: readonly DiffLine[] }[];
  readonly config: string;
  readonly urls: Readonly<Record<Variant, string>>;
  readonly commands: Readonly<Record<Variant, { readonly attack: string; readonly scan: string }>>;
}

async function textOf(lesson: Lesson, name: string): Promise<string> {
  return await readFile(new URL(name, folderOf(lesson)), "utf8");
}

/** Reads what a lesson's page shows, where the lesson listens on these ports. */
export async function showLesson(lesson: Lesson, ports: LessonPorts): Promise<ShownLesson> {
  const { id, words, lintRules, gateLines, hasPage = false, path, scan } = lesson;
  const pairs = [["vulnerable.ts", "fixed.ts"] as const, ...(lesson.alsoDiffers ?? [])];
  const changes = pairs.map(async ([before, after]) => ({
    name: after,
    lines: lineDiff(await textOf(lesson, before), await textOf(lesson, after)),
  }));
  const names = ["vulnerable.ts", "attack.ts"];
  const urlOf = (port: number): string => `ws://127.0.0.1:${port}${path}`;
  const urls = {
    vulnerable: urlOf(ports.application),
    fixed: urlOf(ports.application),
    gateway: urlOf(ports.gate),
  };
  const commandsOf = (variant: Variant): { attack: string; scan: string } => ({
    attack: `npx node examples/lab/attack.ts ${id} '${urls[variant]}'`,
    scan: scanCommand(lesson, urls[variant]),
  });
  return {
    id,
    words,
    lintRules,
    gateLines,
    hasPage,
    checks: scan.checks,
    files: await Promise.all(names.map(async (name) => ({ name, text: await textOf(lesson, name) }))),
    changes: await Promise.all(changes),
    config: await textOf(lesson, "sallyport.yaml"),
    urls,
    commands: {
      vulnerable: commandsOf("vulnerable"),
      fixed: commandsOf("fixed"),
      gateway: commandsOf("gateway"),
    },
  };
}
