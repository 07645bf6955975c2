import type { VNode } from "preact";

import type { EngineView, NodeView } from "../../../../sallyport/src/hosts/dashboard/state-message.ts";
import { gateNow } from "../../api/live.ts";
import { useSharedState } from "../../api/use-shared-state.ts";
import { Figure } from "../../parts/figure.tsx";
import { formatBytes, formatCount, formatDuration, formatShare, inOne } from "../../parts/format-number.ts";
import { InertText } from "../../parts/inert-text.tsx";
import { PlainTable, type PlainColumn } from "../../parts/plain-table.tsx";
import { ProblemLine } from "../../parts/problem-line.tsx";
import { Time } from "../../parts/time.tsx";
import { hrefOf } from "../../shell/place.ts";

/** From here on an engine has little room left. */
const NEARLY_FULL = 0.9;
/** More are not read at a glance. */
const MOST = 40;

const columns: readonly PlainColumn<NodeView>[] = [
  {
    title: "Node",
    isHead: true,
    cell: ({ name, isThis }) => (
      <>
        <a href={hrefOf("connections", [], { node: name })}>
          <InertText text={name} most={128} />
        </a>{" "}
        {isThis ? <span class="tag">this one</span> : null}
      </>
    ),
  },
  { title: "Connections", numeric: true, cell: ({ connections }) => formatCount(connections) },
  {
    title: "Version",
    cell: ({ version }) => (version === "" ? "–" : <InertText text={version} most={40} />),
  },
  { title: "Runs since", cell: ({ startedAt }) => (startedAt === null ? "–" : <Time at={startedAt} />) },
];

/** The engine that nodes share state through, and the nodes; nothing where there is none. */
export function SharedState(): VNode | null {
  const state = useSharedState();
  if (state === null || state.engine === null) return null;
  const { engine, nodes, disagreements } = state;
  return (
    <section class="panel" aria-label="Shared state">
      <h2>Shared state</h2>
      <div class="panel-body">
        <EngineFigures engine={engine} />
        {engine.problem === null ? null : <Trouble text={engine.problem} />}
        {disagreements.map(({ what, sentence }) => (
          <Trouble key={what} text={sentence} />
        ))}
        <PlainTable
          label="Nodes that share the engine"
          columns={columns}
          rows={nodes.slice(0, MOST)}
          idOf={({ name, startedAt }) => `${name} ${startedAt}`}
        />
        {nodes.length > MOST ? <p class="muted">{formatCount(nodes.length - MOST)} more nodes.</p> : null}
      </div>
    </section>
  );
}

function EngineFigures({ engine }: { readonly engine: EngineView }): VNode {
  const { where, up, since, outages, unpublished, memory } = engine;
  return (
    <dl class="figures-line">
      <Figure name="Engine">
        <InertText text={where} most={120} />{" "}
        {up ? <span class="tag tag-good">there</span> : <span class="tag tag-bad">away</span>}
      </Figure>
      <Figure name={up ? "There for" : "Away for"}>
        {formatDuration(gateNow() - Date.parse(since))}, since <Time at={since} />
      </Figure>
      <Figure name="Memory">{memory === null ? "–" : <Memory memory={memory} />}</Figure>
      <Figure name="Lost so far">{formatCount(outages)}</Figure>
      <Figure name="Waits for it">
        {unpublished === 0 ? "nothing" : `${formatCount(unpublished)} bans and revocations`}
      </Figure>
    </dl>
  );
}

function Memory({ memory }: { readonly memory: NonNullable<EngineView["memory"]> }): VNode {
  const { usedBytes, limitBytes, drops } = memory;
  const used = inOne(formatBytes(usedBytes));
  if (limitBytes === null)
    return (
      <>
        {used} <span class="tag tag-warn">without a bound</span>
      </>
    );
  const share = usedBytes / limitBytes;
  return (
    <>
      {used} of {inOne(formatBytes(limitBytes))}
      {`, ${inOne(formatShare(share))} `}
      {share >= NEARLY_FULL ? <span class="tag tag-bad">nearly full</span> : null}
      {drops === null ? null : <span class="tag tag-warn">drops what it likes when full</span>}
    </>
  );
}

function Trouble({ text }: { readonly text: string }): VNode {
  return (
    <ProblemLine>
      <InertText coded text={text} most={600} />
    </ProblemLine>
  );
}
