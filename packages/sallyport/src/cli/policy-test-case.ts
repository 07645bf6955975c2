import type { GuardServices, Identity } from "../guards/guard.ts";
import { release } from "../hosts/arrival.ts";
import { compilePolicy, type Policy, type PolicyServices } from "../policy/policy.ts";
import type { Position, Problem } from "../policy/problem.ts";
import { createMemoryState, type MemoryState } from "../state/memory-state.ts";
import { newRevocation } from "../state/new-revocation.ts";
import { type Admission, arrive, askGuards, issueTicket } from "./policy-test-admission.ts";
import { TestClock } from "./policy-test-clock.ts";
import { TestConnection } from "./policy-test-connection.ts";
import type { Expectation } from "./policy-test-expectation.ts";
import type { PolicyCase, PolicyTests } from "./policy-test-file.ts";
import { guardsGiven, identityOf } from "./policy-test-identity.ts";
import { testListener } from "./policy-test-request.ts";
import type { Step } from "./policy-test-step.ts";
import { foundRefused, isExpected, type Found } from "./policy-test-verdict.ts";

/** Where a case did not go as expected. */
export interface Mismatch extends Position {
  /** The step, from 1; `null`: the handshake. */
  readonly step: number | null;
  readonly expected: Expectation;
  /** What happened instead; `null` where it could not be played. */
  readonly found: Found | null;
  /** Why it could not be played; `null` where it could. */
  readonly problem: string | null;
}

/** What came of a case. */
export interface CaseResult {
  readonly name: string;
  /** The first thing that was not as expected; `null`: it passed. */
  readonly mismatch: Mismatch | null;
}

/** Everything that one case runs on, of its own: no case knows of another. */
interface Stage {
  readonly clock: TestClock;
  readonly state: MemoryState;
  readonly policy: Policy;
  /** Given instead of a proof; `null`: nobody. */
  readonly identity: Identity | null;
  readonly random: (bytes: number) => Uint8Array;
}

/**
 * Plays one case: compiles the policy for it, asks its guards about the handshake, and, where they admit it, carries the messages
 * through a session, all on a clock of its own. Nothing leaves the process.
 *
 * @throws Error when the policy cannot be compiled, though it could when the file was loaded
 */
export async function playCase(tests: PolicyTests, one: PolicyCase): Promise<CaseResult> {
  const stage = await setStage(tests, one);
  try {
    return { name: one.name, mismatch: await play(stage, one) };
  } finally {
    stage.policy.release();
  }
}

/** A counter is as good as chance where nobody guesses. */
function counted(): Stage["random"] {
  let next = 0;
  return (bytes) => Uint8Array.from({ length: bytes }, () => next++ & 0xff);
}

/** What keeps the policy from being compiled, before any case is played. */
export async function problemsOf(tests: PolicyTests): Promise<readonly Problem[]> {
  const services = servicesFor(tests, { clock: new TestClock(0), state: createMemoryState() });
  const compiled = await compilePolicy(tests.config, services);
  if (!compiled.ok) return compiled.problems;
  compiled.policy.release();
  return [];
}

function servicesFor(
  { answers }: PolicyTests,
  { clock, state }: Pick<Stage, "clock" | "state">,
): PolicyServices {
  return {
    ...state,
    emit: () => {},
    fetch: answering(answers),
    wallNow: () => clock.wallNow,
  };
}

async function setStage(tests: PolicyTests, { now, handshake, banned, revoked }: PolicyCase): Promise<Stage> {
  const clock = new TestClock(now);
  const state = createMemoryState();
  const given = handshake.identity ?? null;
  const identity = given === null ? null : identityOf(given, now);
  for (const range of banned) state.bans.add(range, { reason: "banned before this case", until: null });
  for (const target of revoked) revoke(state, target, now);
  const services = servicesFor(tests, { clock, state });
  const compiled = await compilePolicy(tests.config, services, { definitions: guardsGiven(identity) });
  if (!compiled.ok) throw new Error(compiled.problems.map(({ found }) => found).join("; "));
  return { clock, state, identity, policy: compiled.policy, random: counted() };
}

/** Answers from files, and from nowhere else. */
function answering(answers: ReadonlyMap<string, string>): GuardServices["fetch"] {
  return async (input) => {
    const url = input instanceof Request ? input.url : String(input);
    const body = answers.get(url);
    if (body !== undefined) return new Response(body, { headers: { "content-type": "application/json" } });
    const { origin, pathname } = new URL(url);
    throw new Error(`policy tests ask no network: write under \`answers\` what ${origin}${pathname} answers`);
  };
}

function revoke({ revocations }: MemoryState, target: unknown, wallNow: number): void {
  const made = newRevocation(target, wallNow);
  if (made.ok) revocations.add(made.revocation);
}

async function play(stage: Stage, one: PolicyCase): Promise<Mismatch | null> {
  const admission = await askAdmission(stage, one);
  const place = { step: null, expected: one.expect, ...one.position };
  if (typeof admission === "string") return { ...place, found: null, problem: admission };
  if (!isExpected(one.expect, admission.found)) return { ...place, found: admission.found, problem: null };
  if (admission.open === null) return null;
  const { clock, random } = stage;
  const connection = new TestConnection({ ...admission.open, clock, random, silent: one.silent });
  const mismatch = await playSteps(stage, connection, one);
  connection.finish();
  release(admission.open.handshake);
  return mismatch;
}

async function playSteps(
  stage: Stage,
  connection: TestConnection,
  one: PolicyCase,
): Promise<Mismatch | null> {
  let over: Found | null = null;
  for (const [index, step] of one.steps.entries()) {
    const place = { step: index + 1, expected: step.expect, ...(one.stepPositions[index] ?? one.position) };
    const problem =
      over === null ? obstacle(connection, step) : `the connection was over by then: ${over.denial?.code}`;
    if (problem !== null) return { ...place, found: null, problem };
    const found = await playStep(stage, connection, step);
    if (!isExpected(step.expect, found)) return { ...place, found, problem: null };
    if (found.verdict === "close") over = found;
  }
  return null;
}

/** Why a step cannot be played on this connection, or `null`. */
function obstacle({ refreshable }: TestConnection, { kind }: Step): string | null {
  if (kind !== "refresh" || refreshable) return null;
  return "a session that was opened without a ticket cannot be refreshed: give `credential: ticket` to its `identity`";
}

async function playStep(stage: Stage, connection: TestConnection, step: Step): Promise<Found> {
  switch (step.kind) {
    case "client":
    case "server":
      return await connection.send({ ...step, side: step.kind === "client" ? "client" : "application" });
    case "wait":
      return connection.wait(step.ms);
    case "revoke":
      revoke(stage.state, step.target, stage.clock.wallNow);
      return connection.wait(0);
    case "refresh": {
      const { claims, expires } = step.proof;
      const { identity } = connection;
      return connection.refresh({
        ...identity,
        claims: claims ?? identity.claims,
        expiresAt: expires === undefined ? identity.expiresAt : stage.clock.wallNow + expires,
      });
    }
    default:
      return step satisfies never;
  }
}

/** Takes the handshake the way that a host takes it; a sentence where the case cannot be played. */
async function askAdmission(stage: Stage, one: PolicyCase): Promise<Admission | string> {
  const { policy, identity } = stage;
  const admission = { ...stage, listener: await testListener(policy), session: SESSION };
  const arrival = arrive(admission, one.handshake);
  if (!arrival.ok) return { found: foundRefused(arrival.denial), open: null };
  const { route } = arrival;
  if (identity !== null && route.identityName === "anonymous")
    return `\`identity\` of ${route.id} is \`anonymous\`: nobody is known there, whoever the case says it is`;
  if (identity?.credential === "ticket" && !(await issueTicket(admission, arrival, identity)))
    return `${route.id} takes no tickets: \`ticket\` is off there`;
  return await askGuards(admission, arrival);
}

const SESSION = "session-of-this-case";
