import type { AdminRole } from "../../policy/admin-options.ts";
import type { LiveTopic } from "./live-message.ts";

/** The least role that may subscribe to a topic: that of the calls of the admin API which tell the same. */
export const topicRoles: Readonly<Record<LiveTopic | "session", AdminRole>> = {
  samples: "viewer",
  events: "viewer",
  session: "viewer",
};
