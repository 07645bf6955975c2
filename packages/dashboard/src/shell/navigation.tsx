import type { VNode } from "preact";

import { live } from "../api/live.ts";
import { signOut } from "../api/sign-in.ts";
import { viewer } from "../api/viewer.ts";
import { formatClock } from "../parts/format-time.ts";
import { Icon, Mark } from "../parts/icon.tsx";
import { InertText } from "../parts/inert-text.tsx";
import { hrefOf, place } from "./place.ts";
import { ThemeSwitch } from "./theme-switch.tsx";
import { loadView, type View, views } from "./views.ts";

const LINK = { waiting: "connecting", live: "live", lost: "no answer" } as const;

/** At the side of the page, or at its foot where it is narrow: the views, and who looks. */
export function Navigation(): VNode {
  const state = live.link.value;
  const version = live.hello.value?.version;
  return (
    <header class="side">
      <div class="side-top">
        <a class="brand" href={hrefOf("now")}>
          <Mark />
          <span>Sallyport</span>
        </a>
        <span
          class="link-state"
          data-state={state}
          title={version === undefined ? undefined : `Sallyport ${version}`}
        >
          {LINK[state]}
        </span>
      </div>
      <nav aria-label="Views">
        <ul class="views">
          {views.map((view) => (
            <li key={view.id}>
              <a
                href={hrefOf(view.id)}
                aria-current={place.value.view === view.id ? "page" : undefined}
                onFocus={() => prepare(view)}
                onPointerEnter={() => prepare(view)}
              >
                <Icon name={view.icon} />
                <span>{view.title}</span>
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <Who />
    </header>
  );
}

/** Whoever is at its link may follow it: it is fetched by then. Where that fails, it is said when they do. */
function prepare(view: View): void {
  loadView(view).catch(() => {});
}

function Who(): VNode | null {
  const who = viewer.value;
  if (who === null || who === undefined) return null;
  return (
    <div class="who">
      <p class="who-name" title={`Signed in until ${formatClock(Date.parse(who.expiresAt))}`}>
        <InertText text={who.name} most={40} line />
        <span class="who-role">{who.role}</span>
      </p>
      <div class="who-actions">
        <ThemeSwitch />
        <button type="button" class="icon-button" title="Sign out" onClick={() => void signOut()}>
          <Icon name="sign-out" />
          <span class="unseen">Sign out</span>
        </button>
      </div>
    </div>
  );
}
