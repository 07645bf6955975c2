import { join } from "node:path";

import type { Progress, Report } from "@sallyport/scanner";

import { type Lesson, type LessonPorts, loadAttack } from "./lesson.ts";
import { scanLesson } from "./scan-lesson.ts";
import { type Stage, startStage, type Variant } from "./stage.ts";

/** What a page asks: to start or stop something, to attack it, or to scan it. What is attacked or scanned is started first. */
export interface Order {
  readonly type: "start" | "stop" | "attack" | "scan";
  readonly lesson: string;
  readonly variant: Variant;
}

/** What of a lesson runs. */
export interface Running {
  readonly lesson: string;
  readonly variant: Variant;
  readonly state: "starting" | "running" | "stopped" | "crashed";
}

/** What the lab tells its pages. */
export type News =
  | ({ readonly type: "stage" } & Running)
  | { readonly type: "line"; readonly lesson: string; readonly from: string; readonly text: string }
  | {
      readonly type: "attacked";
      readonly lesson: string;
      readonly variant: Variant;
      /** `null`: it could not be tried. */
      readonly isDone: boolean | null;
    }
  | {
      readonly type: "scanned";
      readonly lesson: string;
      readonly variant: Variant;
      readonly found: readonly string[];
      readonly passed: readonly string[];
    };

/** What a lab is made of. */
export interface LabOptions {
  readonly lessons: readonly Lesson[];
  /** Where each lesson listens, by its id. */
  readonly ports: ReadonlyMap<string, LessonPorts>;
  /** Where the gates' configurations are copied to. */
  readonly directory: string;
  readonly tell: (news: News) => void;
}

/** Lines of a stack trace that are not of the lab, and what a gate's log begins with. */
const noise = /^\s+at .*(node_modules|node:|\(<anonymous>)/;
const longestLine = 400;

/** Runs one application at a time, with its gate or without: what a learner looks at. Orders are carried out one after the other. */
export class Lab {
  readonly #options: LabOptions;
  #stage: Stage | null = null;
  #running: Running = { lesson: "", variant: "vulnerable", state: "stopped" };
  #last: Promise<void> = Promise.resolve();
  #isBusy = false;

  constructor(options: LabOptions) {
    this.#options = options;
  }

  /** What runs now. */
  get running(): Running {
    return this.#running;
  }

  /** Carries out an order; `false` while another one is under way. Never rejects: what fails is told. */
  order(order: Order): boolean {
    const lesson = this.#options.lessons.find(({ id }) => id === order.lesson);
    if (lesson === undefined || this.#isBusy) return false;
    this.#isBusy = true;
    this.#last = this.#carryOut(lesson, order)
      .catch((error: unknown) => this.#say(lesson, "lab", String(error)))
      .finally(() => {
        this.#isBusy = false;
      });
    return true;
  }

  /** Ends what runs. */
  async close(): Promise<void> {
    await this.#last;
    await this.#stop();
  }

  async #carryOut(lesson: Lesson, { type, variant }: Order): Promise<void> {
    if (type === "stop") return await this.#stop();
    const { lesson: before, variant: as, state } = this.#running;
    const isThere = before === lesson.id && as === variant && state === "running";
    if (type === "start" || !isThere) await this.#start(lesson, variant);
    if (type === "attack") await this.#attack(lesson, variant);
    if (type === "scan") await this.#scan(lesson, variant);
  }

  async #start(lesson: Lesson, variant: Variant): Promise<void> {
    await this.#stop();
    const running = { lesson: lesson.id, variant };
    this.#tellStage({ ...running, state: "starting" });
    const from = variant === "gateway" ? "application, gate" : "application";
    try {
      this.#stage = await startStage({
        lesson,
        variant,
        ports: this.#options.ports.get(lesson.id) ?? lesson.ports,
        directory: join(this.#options.directory, lesson.id),
        onLine: (line) => noise.test(line) || this.#say(lesson, from, line),
        onCrash: () => this.#tellStage({ ...running, state: "crashed" }),
      });
    } catch (error) {
      this.#tellStage({ ...running, state: "stopped" });
      throw error;
    }
    this.#tellStage({ ...running, state: "running" });
  }

  async #stop(): Promise<void> {
    const stage = this.#stage;
    this.#stage = null;
    if (stage === null) return;
    await stage.close();
    this.#tellStage({ ...this.#running, state: "stopped" });
  }

  async #attack(lesson: Lesson, variant: Variant): Promise<void> {
    const { url = "" } = this.#stage ?? {};
    this.#say(lesson, "lab", `attack on ${url}`);
    let isDone: boolean | null = null;
    try {
      const attack = await loadAttack(lesson);
      const origin = new URL(url).origin.replace(/^ws/, "http");
      isDone = await attack({ url, origin, say: (line) => this.#say(lesson, "attack", line) });
      this.#say(lesson, "lab", isDone ? "The attack worked." : "The attack was stopped.");
    } finally {
      this.#options.tell({ type: "attacked", lesson: lesson.id, variant, isDone });
    }
  }

  async #scan(lesson: Lesson, variant: Variant): Promise<void> {
    const { url = "" } = this.#stage ?? {};
    this.#say(lesson, "lab", `scan of ${url}`);
    const onProgress = (progress: Progress): void => {
      if (progress.kind === "begun") this.#say(lesson, "scan", `${progress.check.id} …`);
    };
    const report = await scanLesson(lesson, url, { onProgress });
    this.#tellReport(lesson, report);
    this.#options.tell({
      type: "scanned",
      lesson: lesson.id,
      variant,
      found: report.findings.map(({ check }) => check),
      passed: report.passed.map(({ check }) => check),
    });
  }

  #tellReport(lesson: Lesson, { control, findings, passed, notTested }: Report): void {
    const say = (text: string): void => this.#say(lesson, "scan", text);
    if (control?.isUsable === false) say(`no normal connection: ${control.problem}`);
    for (const { severity, title, check, detail } of findings)
      say(`${severity.toUpperCase()} ${title} [${check}]: ${detail}`);
    for (const { check, reason } of passed) say(`passed: ${check}${reason === "" ? "" : `: ${reason}`}`);
    for (const { check, reason } of notTested) say(`not tested: ${check}: ${reason}`);
    this.#say(lesson, "lab", `The scan found ${findings.length === 0 ? "nothing" : findings.length}.`);
  }

  #say({ id }: Lesson, from: string, line: string): void {
    const text = line.length > longestLine ? `${line.slice(0, longestLine)} …` : line;
    this.#options.tell({ type: "line", lesson: id, from, text });
  }

  #tellStage(running: Running): void {
    this.#running = running;
    this.#options.tell({ type: "stage", ...running });
  }
}
