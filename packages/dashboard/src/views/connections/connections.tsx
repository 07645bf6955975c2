import type { VNode } from "preact";

import { place } from "../../shell/place.ts";
import { ConnectionListView } from "./connection-list-view.tsx";
import { ConnectionPage } from "./connection-page.tsx";

/** The view "Connections": who is connected, and each of them. */
export function Connections(): VNode {
  const [session] = place.value.rest;
  return session === undefined ? <ConnectionListView /> : <ConnectionPage key={session} session={session} />;
}
