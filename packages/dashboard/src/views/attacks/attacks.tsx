import type { VNode } from "preact";
import { useEffect } from "preact/hooks";

import { loadPastIncidents } from "../../api/incidents.ts";
import { place } from "../../shell/place.ts";
import { IncidentListView } from "./incident-list-view.tsx";
import { IncidentPage } from "./incident-page.tsx";

/** The view "Attacks": what was refused and noticed, and each of it explained. */
export function Attacks(): VNode {
  useEffect(() => void loadPastIncidents(), []);
  const [incident] = place.value.rest;
  return incident === undefined ? <IncidentListView /> : <IncidentPage key={incident} incident={incident} />;
}
