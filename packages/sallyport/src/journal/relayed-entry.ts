import { z } from "zod";
import type { MessageExtra } from "./block-builder.ts";
import type { SessionFacts } from "./journal-record.ts";
import { ENTRY_HEAD_BYTES, entryKind } from "./ring-layout.ts";
import type { RingView } from "./ring-view.ts";
import { LAST_MOMENT } from "../last-moment.ts";

const sessionSchema: z.ZodType<SessionFacts> = z.strictObject({
  session: z.string(),
  route: z.string(),
  address: z.string(),
  user: z.string().nullable(),
  policy: z.string(),
});
const extraSchema: z.ZodType<MessageExtra> = z.strictObject({
  code: z.string().exactOptional(),
  incident: z.string().exactOptional(),
});
// What the journal tells of itself is its writer's to say, but for what another process shed.
const eventSchema: z.ZodType<object> = z.union([
  z.looseObject({ type: z.literal("journal"), what: z.literal("shed") }),
  z.looseObject({ type: z.string().refine((type) => type !== "journal") }),
]);

/** Whether a view shows an entry as `RelaySender` sends it: what a process that went mad sends is not to stop who writes for all. */
export function isRelayed(view: RingView, bytesLeft: number): boolean {
  const { length } = view;
  if (length < ENTRY_HEAD_BYTES || length > bytesLeft || length % 8 !== 0) return false;
  return view.fits && Math.abs(view.time) <= LAST_MOMENT && saysWhatItIs(view);
}

function saysWhatItIs(view: RingView): boolean {
  switch (view.kind) {
    case entryKind.message:
      return !view.hasText || isOf(extraSchema, view.text);
    case entryKind.session:
      return isOf(sessionSchema, view.text);
    case entryKind.event:
      return isOf(eventSchema, view.text);
    default:
      return view.kind === entryKind.sessionEnd || view.kind === entryKind.name;
  }
}

function isOf(schema: z.ZodType, text: string): boolean {
  try {
    return schema.safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}
