import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { parse, parseAllDocuments } from "yaml";

import { freePort, listenOnLoopback } from "../examples/shared/loopback.ts";
import { main } from "../packages/sallyport/src/cli/main.ts";
import { metricTable } from "../packages/sallyport/src/hosts/metric-table.ts";
import {
  startProgram,
  startSallyport,
  temporaryDirectory,
} from "../packages/sallyport/test/cli/sallyport-process.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const readText = (path: string): Promise<string> => readFile(join(root, path), "utf8");
const run = promisify(execFile);
/** The longest that a drain takes: docs/how-to/reload.md. */
const DRAIN_SECONDS = 20;

const portOf = (address: string): number => Number(address.split(":")[1]);

describe("deploy/systemd", () => {
  const name = "sallyport.service";
  let directory = "";
  let unit = "";

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "sallyport-deploy-"));
    // As it stands, but for a command that is there.
    unit = await readText(`deploy/systemd/${name}`);
    await writeFile(join(directory, name), unit.replaceAll("/usr/local/bin/sallyport", process.execPath));
    return async () => await rm(directory, { recursive: true, force: true });
  });

  it("is a unit that systemd accepts without a word", async () => {
    const { stdout, stderr } = await run("systemd-analyze", ["verify", "--man=no", join(directory, name)]);
    expect(stdout + stderr).toBe("");
  });

  it("is exposed by 2.0 of 10 at most, as systemd counts", async () => {
    const argv = ["security", "--offline=true", "--no-pager", "--threshold=20", join(directory, name)];
    const { stdout } = await run("systemd-analyze", argv);
    expect(stdout).toMatch(/Overall exposure level for sallyport\.service: [01]\.\d OK/);
  });

  it("waits for a drain before it kills", () => {
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])).toBeGreaterThan(DRAIN_SECONDS);
  });
});

describe("the configurations of deploy/", () => {
  it("are accepted, but for files that each place brings itself", async () => {
    let [out, err] = ["", ""];
    const terminal = {
      out: (text: string) => void (out += text),
      err: (text: string) => void (err += text),
      colour: false,
    };
    // Nobody knows the engine's name here: it is looked for where nobody listens.
    const directory = await temporaryDirectory();
    const text = await readText("deploy/docker/sallyport.yaml");
    await writeFile(join(directory, "gate.yaml"), text.replace("valkey:6379", "127.0.0.1:1"));
    expect(await main(["check", join(directory, "gate.yaml")], { ...terminal, directory: root })).toBe(3);
    expect(out).toContain("gate.yaml (policy ");
    expect(err.split("\n").filter((line) => line.startsWith("error"))).toEqual([
      expect.stringMatching(/ state: .*ECONNREFUSED/),
    ]);
    err = "";
    await main(["check", "deploy/kubernetes/sallyport.yaml"], { ...terminal, directory: root });
    const errors = err.split("\n").filter((line) => line.startsWith("error"));
    expect(errors).toEqual([
      expect.stringContaining("/etc/sallyport/tls/tls.crt"),
      expect.stringContaining("/etc/sallyport/tls/tls.key"),
    ]);
  });
});

describe("deploy/docker", () => {
  interface Service {
    readonly image?: string;
    readonly ports?: readonly string[];
    readonly networks: readonly string[];
    readonly volumes?: readonly string[];
    readonly stop_grace_period?: string;
    readonly read_only?: boolean;
    readonly cap_drop?: readonly string[];
    readonly environment?: Readonly<Record<string, string>>;
  }

  it("opens no port but the gate's and the dashboard's, on loopback; the application is the gate's alone", async () => {
    const { services }: { services: Record<string, Service> } = parse(
      await readText("deploy/docker/compose.yaml"),
    );
    const open = Object.entries(services).flatMap(([name, { ports = [] }]) =>
      ports.map((port) => `${name} ${port}`),
    );
    expect(open).toEqual(["gate 127.0.0.1:8443:8443", "grafana 127.0.0.1:3001:3000"]);
    const reached = Object.entries(services).filter(([, { networks }]) => networks.includes("behind"));
    expect(reached.map(([name]) => name)).toEqual(["gate", "application"]);
    const sharing = Object.entries(services).filter(([, { networks }]) => networks.includes("state"));
    expect(sharing.map(([name]) => name)).toEqual(["gate", "valkey"]);
    expect(services["valkey"]).toMatchObject({ read_only: true, cap_drop: ["ALL"] });
    expect(services["gate"]).toMatchObject({ read_only: true, cap_drop: ["ALL"] });
    expect(Number.parseInt(services["gate"]?.stop_grace_period ?? "", 10)).toBeGreaterThan(DRAIN_SECONDS);
  });

  it("gives Prometheus its own token and no other, and no way in by a name or a password that everybody knows", async () => {
    const [compose, policy, prometheus] = await Promise.all(
      ["compose.yaml", "sallyport.yaml", "prometheus.yml"].map(async (name): Promise<unknown> =>
        parse(await readText(`deploy/docker/${name}`)),
      ),
    );
    const { services } = compose as { services: Record<string, Service> };
    const { admin } = policy as { admin: { tokenFile: string; tokens: readonly { tokenFile: string }[] } };
    const [own] = admin.tokens;
    expect(prometheus).toMatchObject({
      scrape_configs: [{ authorization: { credentials_file: own?.tokenFile } }],
    });
    const readersOf = (file: string): readonly string[] =>
      Object.entries(services).flatMap(([name, { volumes = [] }]) =>
        volumes.some((volume) => file.startsWith(`${volume.split(":")[1]}/`)) ? [name] : [],
      );
    expect(readersOf(own?.tokenFile ?? "")).toEqual(["gate", "prometheus"]);
    expect(readersOf(admin.tokenFile)).toEqual(["gate"]);
    expect(services["grafana"]?.environment).toMatchObject({
      GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION: "true",
      GF_SERVER_ENFORCE_DOMAIN: "true",
    });
  });

  it("names versions, and files that are there", async () => {
    const { services }: { services: Record<string, Service> } = parse(
      await readText("deploy/docker/compose.yaml"),
    );
    for (const { image = "built:0", volumes = [] } of Object.values(services)) {
      expect(image).toMatch(/:v?\d+/);
      for (const volume of volumes.filter((each) => each.startsWith(".")))
        expect(await readText(join("deploy/docker", volume.split(":")[0] ?? ""))).not.toBe("");
    }
    const dockerfile = await readText("deploy/docker/Dockerfile");
    for (const [, file = ""] of dockerfile.matchAll(/^COPY (deploy\S+)/gm))
      expect(await readText(file)).not.toBe("");
    expect(dockerfile).toMatch(/^USER node$/m);
  });

  it.each([
    [200, 0],
    [503, 1],
  ])("is healthy by what the gate answers: %i", async (status, code) => {
    const server = createServer((_, response) => response.writeHead(status).end());
    onTestFinished(() => void server.close());
    const port = await listenOnLoopback(server, 0);
    const health = startProgram(["deploy/docker/health.mjs"], {
      directory: root,
      env: { HEALTH_URL: `http://127.0.0.1:${port}/.sallyport/ready` },
    });
    expect(await health.exit()).toBe(code);
  });
});

describe("deploy/kubernetes", () => {
  it("fits together: ports, probes, secrets, and a grace longer than the drain", async () => {
    const documents = parseAllDocuments(await readText("deploy/kubernetes/gate.yaml")).map((each) =>
      each.toJS(),
    );
    const [{ spec: deployment }, { spec: service }] = documents;
    const { template } = deployment;
    const [gate] = template.spec.containers;
    expect(template.metadata.labels).toEqual(deployment.selector.matchLabels);
    expect(service.selector).toEqual(deployment.selector.matchLabels);
    const policy = parse(await readText("deploy/kubernetes/sallyport.yaml"));
    expect(gate.ports).toEqual([
      { name: "wss", containerPort: portOf(policy.listen[0].address) },
      { name: "admin", containerPort: portOf(policy.admin.address) },
    ]);
    const wait = gate.lifecycle.preStop.sleep.seconds;
    expect(template.spec.terminationGracePeriodSeconds).toBeGreaterThan(DRAIN_SECONDS + wait);
    const mounted: string[] = gate.volumeMounts.map(({ name }: { name: string }) => name);
    expect(template.spec.volumes.map(({ name }: { name: string }) => name)).toEqual(mounted);
    expect(gate.securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
  });
});

describe("deploy/kubernetes, for several gates", () => {
  it("counts and spares the gates of the deployment, by a metric that there is", async () => {
    const [gate, budget, scaler, kustomization] = await Promise.all(
      ["gate", "disruption-budget", "autoscaler", "kustomization"].map(async (name) =>
        parseAllDocuments(await readText(`deploy/kubernetes/${name}.yaml`))[0]?.toJS(),
      ),
    );
    expect(budget.spec.selector).toEqual(gate.spec.selector);
    const { kind, name } = scaler.spec.scaleTargetRef;
    expect([kind, name]).toEqual([gate.kind, gate.metadata.name]);
    const [{ pods }] = scaler.spec.metrics;
    expect(Object.keys(metricTable)).toContain(pods.metric.name);
    expect(kustomization.resources).not.toContain("autoscaler.yaml");
    for (const file of kustomization.resources)
      expect(await readText(`deploy/kubernetes/${file}`)).not.toBe("");
  });
});

describe("docs/how-to/come-from-nginx.md, with nginx", () => {
  it(
    "lets everything pass at first, sees the client's address, and says what would be refused",
    { timeout: 240_000 },
    async () => {
      const directory = await temporaryDirectory();
      const page = await readText("docs/how-to/come-from-nginx.md");
      const [, location = ""] = /```nginx\n([\s\S]*?)```/.exec(page) ?? [];
      const [, policy = ""] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
      const application = new WebSocketServer({ host: "127.0.0.1", port: 0 });
      onTestFinished(() => application.close());
      application.on("connection", (socket, { headers }) => socket.send(String(headers["x-forwarded-for"])));
      const [gatePort, adminPort, nginxPort] = [await freePort(0), await freePort(0), await freePort(0)];
      await writeFile(
        join(directory, "sallyport.yaml"),
        policy
          .replace("127.0.0.1:8443", `127.0.0.1:${gatePort}`)
          .replace("127.0.0.1:9090", `127.0.0.1:${adminPort}`)
          .replace("127.0.0.1:3000", `127.0.0.1:${(application.address() as AddressInfo).port}`),
      );
      const gate = startSallyport(["run", "--config", "sallyport.yaml"], { directory, withinMs: 100_000 });
      onTestFinished(() => void gate.child.kill("SIGTERM"));
      await gate.says(/listening on /);
      const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
        (name) => `${name}_temp_path ${directory}/${name};`,
      );
      await writeFile(
        join(directory, "nginx.conf"),
        `daemon off; master_process off; pid ${directory}/nginx.pid; error_log stderr crit;
events {}
http { access_log off; ${temporary.join(" ")}
server { listen 127.0.0.1:${nginxPort};
${location.replace("127.0.0.1:8443", `127.0.0.1:${gatePort}`)}
} }`,
      );
      const nginx = execFile("/usr/sbin/nginx", ["-p", directory, "-c", join(directory, "nginx.conf")]);
      onTestFinished(() => void nginx.kill("SIGTERM"));
      const visit = (): Promise<string> =>
        new Promise((resolve) => {
          const client = new WebSocket(`ws://127.0.0.1:${nginxPort}/socket`, {
            headers: { Host: "app.example.com", Origin: "https://elsewhere.example" },
            localAddress: "127.0.0.7",
          });
          client.once("message", (data: Buffer) => {
            resolve(data.toString());
            client.close();
          });
          client.once("error", ({ message }) => resolve(message));
        });
      await expect.poll(visit, { timeout: 100_000, interval: 100 }).toContain("127.0.0.7");
      await gate.says(/origin\.foreign/);
      await gate.says(/127\.0\.0\.7/);
    },
  );
});
