import type { VNode } from "preact";

import { viewer } from "../../api/viewer.ts";
import { place } from "../../shell/place.ts";
import { ConversationPageView } from "./conversation-page-view.tsx";
import { JournalListView } from "./journal-list-view.tsx";

/** The view "Journal": what was recorded, and each session of it as a conversation. */
export function Journal(): VNode {
  // A role that was lowered begins anew: what the one before showed is gone.
  const [subject] = place.value.rest;
  return subject === undefined ? (
    <JournalListView />
  ) : (
    <ConversationPageView key={`${subject} ${viewer.value?.role ?? ""}`} subject={subject} />
  );
}
