import type { Attack } from "./attempt.ts";

/** How the scanner looks at a lesson's application. */
export interface LessonScan {
  /** Ids of the checks that find its weakness. */
  readonly checks: readonly [string, ...string[]];
  readonly cookie?: string;
  readonly token?: string;
  readonly subprotocol?: string;
  /** What a client says first. */
  readonly messages?: readonly string[];
  /** Where a session is ended, below the application's own address. */
  readonly logoutPath?: string;
  /** Whether a check may end the application. */
  readonly isDestructive?: boolean;
  /** A page to open first, which signs in. */
  readonly signInPath?: string;
}

/** What is said about a lesson. Text between backticks is code. */
export interface LessonWords {
  readonly title: string;
  /** In one line, for the list. */
  readonly summary: string;
  /** Such as `CWE-1385`. */
  readonly cwe: readonly string[];
  /** What the application is for, and what is wrong. */
  readonly story: readonly string[];
  /** What the attack does. */
  readonly attack: string;
  /** What the scanner decides by. */
  readonly scan: string;
  /** What the code does otherwise once it is mended. */
  readonly mend: string;
  /** What the gate does, and what it does not. */
  readonly gate: string;
}

/** Ports on loopback: of a lesson's application, and of the gate before it. */
export interface LessonPorts {
  readonly application: number;
  readonly gate: number;
}

/** One weakness, in one small application. `vulnerable.ts`, `fixed.ts`, `attack.ts` and `sallyport.yaml` stand in `lessons/<id>/`. */
export interface Lesson {
  readonly id: string;
  /** Path and query of its WebSocket. */
  readonly path: string;
  /** As they are written in its `sallyport.yaml`. */
  readonly ports: LessonPorts;
  /** Files beside its `sallyport.yaml` which that names. */
  readonly beside?: readonly string[];
  /** Whether the application has a page of its own to open. */
  readonly hasPage?: boolean;
  /** Lines of `sallyport.yaml` that stop the attack. */
  readonly gateLines: readonly string[];
  /** Pairs of files below its folder, vulnerable and mended, besides `vulnerable.ts` and `fixed.ts`. */
  readonly alsoDiffers?: readonly (readonly [vulnerable: string, fixed: string])[];
  readonly scan: LessonScan;
  /** Rules of eslint-plugin-sallyport that see the weakness in the code. */
  readonly lintRules: readonly string[];
  readonly words: LessonWords;
}

/** Where a lesson's files are. */
export function folderOf({ id }: Pick<Lesson, "id">): URL {
  return new URL(`lessons/${id}/`, import.meta.url);
}

/** Loads the attack of a lesson. */
export async function loadAttack(lesson: Pick<Lesson, "id">): Promise<Attack> {
  const loaded: { readonly attack: Attack } = await import(new URL("attack.ts", folderOf(lesson)).href);
  return loaded.attack;
}
