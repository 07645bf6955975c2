import type { VNode } from "preact";

import { place } from "../../shell/place.ts";
import { ConversationPageView } from "./conversation-page-view.tsx";
import { JournalListView } from "./journal-list-view.tsx";

/** The view "Journal": what was recorded, and each session of it as a conversation. */
export function Journal(): VNode {
  const [subject] = place.value.rest;
  return subject === undefined ? (
    <JournalListView />
  ) : (
    <ConversationPageView key={subject} subject={subject} />
  );
}
