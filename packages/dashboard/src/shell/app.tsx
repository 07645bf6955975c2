import type { ComponentType, VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { gatherIncidents } from "../api/incidents.ts";
import { listen } from "../api/live.ts";
import { askWho } from "../api/sign-in.ts";
import { viewer } from "../api/viewer.ts";
import { Empty, Loading } from "../parts/notice.tsx";
import { Banners } from "./banners.tsx";
import { Navigation } from "./navigation.tsx";
import { hrefOf, place } from "./place.ts";
import { SignInPage } from "./sign-in-page.tsx";
import { type View, views } from "./views.ts";

const AGAIN_MS = 2000;

/** The page. */
export function App(): VNode {
  const who = viewer.value;
  const wasSignedIn = useRef(false);
  if (who) wasSignedIn.current = true;
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
        <CurrentView />
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

/** Whoever goes elsewhere by the keyboard, or hears the page, is at the head of what is there now; not where the page begins. */
function useFocusOnArrival(where: string | null): void {
  const from = useRef(where);
  useEffect(() => {
    if (where === null) return;
    if (from.current !== null && from.current !== where)
      (
        document.querySelector<HTMLElement>("#main h1") ?? document.querySelector<HTMLElement>("#main")
      )?.focus();
    from.current = where;
  }, [where]);
}

function CurrentView(): VNode {
  const { view: id, rest } = place.value;
  const view = views.find((one) => one.id === id);
  const [loaded, setLoaded] = useState<{ readonly id: string; readonly Body: ComponentType } | null>(null);
  const [failed, setFailed] = useState(false);
  useFocusOnArrival(loaded?.id === id ? [id, ...rest].join("/") : null);
  useEffect(() => {
    if (view === undefined) return;
    document.title = `${view.title} · Sallyport`;
    setFailed(false);
    void show(view, setLoaded).catch(() => setFailed(true));
  }, [view]);
  if (view === undefined)
    return (
      <Empty icon="warning" title="There is no such view">
        <a href={hrefOf("now")}>See what happens now.</a>
      </Empty>
    );
  if (failed)
    return (
      <Empty icon="warning" title="This view could not be loaded">
        The gateway may have been replaced by another version.{" "}
        <button type="button" class="more" onClick={() => location.reload()}>
          Load the page again.
        </button>
      </Empty>
    );
  if (loaded?.id !== id) return <Loading what="Loading" />;
  const { Body } = loaded;
  return <Body key={id} />;
}

async function show(
  { id, load }: View,
  setLoaded: (loaded: { readonly id: string; readonly Body: ComponentType }) => void,
): Promise<void> {
  const Body = await load();
  setLoaded({ id, Body });
}
