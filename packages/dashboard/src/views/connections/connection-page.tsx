import type { VNode } from "preact";
import { useEffect, useLayoutEffect, useMemo, useState } from "preact/hooks";

import { gateNow } from "../../api/live.ts";
import type { SessionView } from "../../api/session-view.ts";
import { mayAct } from "../../api/viewer.ts";
import { formatDuration } from "../../parts/format-number.ts";
import { Icon } from "../../parts/icon.tsx";
import { InertText } from "../../parts/inert-text.tsx";
import { FailureNotice, Loading } from "../../parts/notice.tsx";
import { Time } from "../../parts/time.tsx";
import { ViewHead } from "../../parts/view-head.tsx";
import { hrefOf, place } from "../../shell/place.ts";
import { ActionDialog, type ConnectionAction } from "./action-dialog.tsx";
import { LanePanels } from "./lane-panels.tsx";
import { SessionIncidents } from "./session-incidents.tsx";
import { watchSession, type WatchedSession } from "./watch-session.ts";

/** One connection: who it is, what it carries, what was refused of it, and how to end it. */
export function ConnectionPage({ session: id }: { readonly session: string }): VNode {
  const watch = useMemo(() => watchSession(id), [id]);
  useEffect(() => () => watch.close(), [watch]);
  const [action, setAction] = useState<ConnectionAction | null>(null);
  const watched = watch.watched.value;
  const { session, failure, hasEnded } = watched;
  // What could be done is gone, and whoever was at it is at the head.
  useLayoutEffect(() => {
    if (hasEnded && document.activeElement === document.body)
      document.querySelector<HTMLElement>("#main h1")?.focus({ preventScroll: true });
  }, [hasEnded, action]);
  return (
    <>
      <p class="crumbs">
        <a href={hrefOf("connections", [], place.value.query)}>
          <Icon name="back" />
          All connections
        </a>
      </p>
      <ViewHead title={<Title session={session} />} about={<State id={id} watched={watched} />}>
        {session === null || hasEnded ? null : <Actions choose={setAction} />}
      </ViewHead>
      {failure === null || hasEnded ? null : <FailureNotice failure={failure} />}
      {session === null ? (
        failure === null ? (
          <Loading what="Asking about the connection" />
        ) : null
      ) : (
        <>
          <div class="connection-facts">
            <Identity session={session} />
            <Place session={session} />
          </div>
          <LanePanels session={session} rates={watched.rates} />
        </>
      )}
      <SessionIncidents session={id} />
      {session === null || action === null ? null : (
        <ActionDialog action={action} session={session} close={() => setAction(null)} />
      )}
    </>
  );
}

function Title({ session }: { readonly session: SessionView | null }): VNode {
  if (session === null) return <>Connection</>;
  return session.user === null ? <>Anonymous connection</> : <InertText text={session.user} most={80} />;
}

function State({
  id,
  watched: { session, hasEnded, end },
}: {
  readonly id: string;
  readonly watched: WatchedSession;
}): VNode {
  return (
    <span role="status">
      {hasEnded ? (
        <span class="tag tag-warn">
          {end === null ? "ended" : `ended: ${end.closeCode} by the ${end.closedBy}`}
        </span>
      ) : session === null ? null : (
        <span class="tag tag-good">open for {formatDuration(gateNow() - Date.parse(session.openedAt))}</span>
      )}{" "}
      <code>
        <InertText text={id} most={80} />
      </code>{" "}
      <a href={hrefOf("journal", [id])}>Its conversation in the journal</a>
    </span>
  );
}

function Actions({ choose }: { readonly choose: (action: ConnectionAction) => void }): VNode {
  if (!mayAct("operator")) return <span class="muted">To close or ban, sign in with the role operator.</span>;
  return (
    <>
      <button type="button" class="button" onClick={() => choose("refresh")}>
        Demand a fresh token…
      </button>
      <button type="button" class="button button-bad" onClick={() => choose("ban")}>
        Ban the address…
      </button>
      <button type="button" class="button button-bad" onClick={() => choose("close")}>
        Close…
      </button>
    </>
  );
}

function Identity({ session }: { readonly session: SessionView }): VNode {
  const { user, issuer, tenant, provider, expiresAt, refreshable } = session;
  const leftMs = expiresAt === null ? 0 : Date.parse(expiresAt) - gateNow();
  return (
    <section class="panel">
      <h2>Who it is</h2>
      <dl class="facts">
        <dt>User</dt>
        <dd>
          {user === null ? (
            "anonymous"
          ) : (
            <a href={hrefOf("connections", [], { user })}>
              <InertText text={user} />
            </a>
          )}
        </dd>
        <dt>Known by</dt>
        <dd>{provider === "" ? "–" : provider}</dd>
        {issuer === null ? null : <Fact name="Issuer" value={issuer} />}
        {tenant === null ? null : <Fact name="Tenant" value={tenant} />}
        <dt>Proof ends</dt>
        <dd>
          {expiresAt === null ? (
            "never"
          ) : (
            <>
              <Time at={expiresAt} /> {leftMs > 0 ? `(in ${formatDuration(leftMs)})` : "(it has ended)"}
            </>
          )}
        </dd>
        <dt>Renewal</dt>
        <dd>{refreshable ? "in place, with a fresh token" : "by connecting anew"}</dd>
      </dl>
    </section>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }): VNode {
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <InertText text={value} />
      </dd>
    </>
  );
}

function Place({ session }: { readonly session: SessionView }): VNode {
  const { node, address, route, path, host, origin, subprotocol, openedAt, policy, compression } = session;
  return (
    <section class="panel">
      <h2>Where it is</h2>
      <dl class="facts">
        <dt>Address</dt>
        <dd>
          <a href={hrefOf("connections", [], { address })}>
            <InertText text={address} />
          </a>
        </dd>
        <dt>Route</dt>
        <dd>
          <a href={hrefOf("policy", [route])}>
            <InertText text={route} />
          </a>
        </dd>
        {node === undefined ? null : <Fact name="Node" value={node} />}
        <Fact name="Asked for" value={`${host}${path}`} />
        <Fact name="Page" value={origin ?? "none: not from a page"} />
        <Fact name="Subprotocol" value={subprotocol ?? "none"} />
        <Fact name="Compression" value={compression?.extension ?? "none"} />
        <dt>Opened</dt>
        <dd>
          <Time at={openedAt} />
        </dd>
        <Fact name="Policy" value={policy} />
      </dl>
    </section>
  );
}
