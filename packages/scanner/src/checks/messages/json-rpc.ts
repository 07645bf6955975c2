import type { CheckContext } from "../../check-context.ts";
import type { Probe } from "../../probe/probe.ts";
import { membersOf, parseJson } from "./fill-message.ts";
import { waitItsTurn } from "../wait-its-turn.ts";
import { textsOf } from "./texts-of.ts";

/** Why a check of JSON-RPC does not apply. */
export const NO_JSON_RPC = "it does not speak JSON-RPC 2.0: a call is not answered by its id";

/** An answer: the code of an error, or a result. */
export interface RpcAnswer {
  readonly code: unknown;
  readonly result: unknown;
}

/** A call of a method that nobody has, and without parameters. */
export function call(method: string, id: string): string {
  return JSON.stringify({ jsonrpc: "2.0", id, method, params: [] });
}

/** Whether the target speaks JSON-RPC 2.0: a call of an unknown method is answered, and not just sent back. Asked once in a scan. */
export function speaksJsonRpc(context: CheckContext): Promise<boolean> {
  return context.remember("json-rpc", async () => {
    const probe = await context.ready();
    return (await callMethod(context, probe, "sallyportScan.unknown")) !== null;
  });
}

/** Calls a method; null where it is not answered. */
export async function callMethod(
  context: CheckContext,
  probe: Probe,
  method: string,
): Promise<RpcAnswer | null> {
  const id = `scan-${method}`;
  probe.text(call(method, id));
  const find = (): RpcAnswer | undefined => answersOf(textsOf(probe.frames)).get(id);
  await waitItsTurn(context, probe, () => find() !== undefined);
  return find() ?? null;
}

/** The answers in some messages, batches included, by their ids. */
export function answersOf(texts: readonly string[]): ReadonlyMap<unknown, RpcAnswer> {
  const values = texts.map(parseJson).flatMap((value: unknown) => (Array.isArray(value) ? value : [value]));
  const answers = values
    .map(membersOf)
    .filter(
      (members) =>
        members["jsonrpc"] === "2.0" && !("method" in members) && ("error" in members || "result" in members),
    );
  return new Map(
    answers.map(({ id, error, result }) => [id, { code: membersOf(error)["code"], result }] as const),
  );
}
