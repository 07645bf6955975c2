import type { VNode } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { gatherIncidents } from "../api/incidents.ts";
import { listen } from "../api/live.ts";
import { askWho } from "../api/sign-in.ts";
import { viewer } from "../api/viewer.ts";
import { Empty, Loading } from "../parts/notice.tsx";
import { Banners } from "./banners.tsx";
import { Navigation } from "./navigation.tsx";
import { hrefOf, place, stepsTaken } from "./place.ts";
import { SignInPage } from "./sign-in-page.tsx";
import { loadedViews, loadView, views } from "./views.ts";

const AGAIN_MS = 2000;

/** The page. */
export function App(): VNode {
  const who = viewer.value;
  const wasSignedIn = useRef(false);
  if (who) wasSignedIn.current = true;
  const wasAtSignIn = useRef(false);
  if (who === null) wasAtSignIn.current = true;
  const isSignedIn = who !== null && who !== undefined;
  useEffect(() => {
    if (!isSignedIn) return undefined;
    const life = new AbortController();
    listen(life.signal);
    gatherIncidents(life.signal);
    return () => life.abort();
  }, [isSignedIn]);
  if (who === undefined) return <Arriving />;
  if (who === null) return <SignInPage ended={wasSignedIn.current} />;
  return (
    <div class="shell">
      <a class="skip" href="#main" onClick={skip}>
        To the content
      </a>
      <Navigation />
      <main id="main" tabIndex={-1}>
        <Banners />
        <CurrentView isSignIn={wasAtSignIn.current} />
      </main>
    </div>
  );
}

function skip(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>("#main")?.focus();
}

/** Until it is known who looks. */
function Arriving(): VNode {
  const [silent, setSilent] = useState(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async (): Promise<void> => {
      const answer = await askWho();
      if (answer.ok || answer.trouble === "signed-out") return;
      setSilent(true);
      timer = setTimeout(() => void look(), AGAIN_MS);
    };
    void look();
    return () => clearTimeout(timer);
  }, []);
  return (
    <main class="sign-in">
      {silent ? (
        <Empty icon="warning" title="The gateway does not answer">
          Trying again every two seconds. Look whether it runs.
        </Empty>
      ) : (
        <Loading what="Asking the gateway" />
      )}
    </main>
  );
}

/**
 * Whoever goes elsewhere by the keyboard, or hears the page, is at the head of what is there now, or where that itself put them; not where the
 * page begins. Before anything is drawn: the next key is for what is there.
 */
function useFocusOnArrival(isThere: boolean, isSignIn: boolean): void {
  const step = stepsTaken.value;
  const seen = useRef(isSignIn ? null : step);
  useLayoutEffect(() => {
    if (!isThere || seen.current === step) return;
    seen.current = step;
    const main = document.querySelector<HTMLElement>("#main");
    const { activeElement } = document;
    if (activeElement !== main && main?.contains(activeElement) === true) return;
    (main?.querySelector<HTMLElement>("h1") ?? main)?.focus();
  }, [isThere, step]);
}

/** @param isSignIn somebody has just signed in */
function CurrentView({ isSignIn }: { readonly isSignIn: boolean }): VNode {
  const { view: id } = place.value;
  const view = views.find((one) => one.id === id);
  const Body = loadedViews.value.get(id);
  const [failed, setFailed] = useState<string | null>(null);
  useFocusOnArrival(Body !== undefined, isSignIn);
  useLayoutEffect(() => {
    if (view === undefined) return;
    document.title = `${view.title} · Sallyport`;
    setFailed(null);
    loadView(view).catch(() => setFailed(id));
  }, [view]);
  if (view === undefined)
    return (
      <Empty icon="warning" title="There is no such view">
        <a href={hrefOf("now")}>See what happens now.</a>
      </Empty>
    );
  if (failed === id)
    return (
      <Empty icon="warning" title="This view could not be loaded">
        The gateway may have been replaced by another version.{" "}
        <button type="button" class="more" onClick={() => location.reload()}>
          Load the page again.
        </button>
      </Empty>
    );
  return Body === undefined ? <Loading what="Loading" /> : <Body key={id} />;
}
