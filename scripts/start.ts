import { existsSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { RackwayError } from "@rackway/errors";
import { ControlPlane, isLabExample, Lab, labExamples, LabError, topologyFileOf } from "@rackway/lab";
import { buildPayload } from "./payload.ts";

/**
 * `npm start`: the server on its embedded database, the default lab, the example document applied, and the address to open.
 * Ctrl-C takes everything down; with --detach it goes on until `./rackway lab down`.
 */
const root = resolve(import.meta.dirname, "..");

const defaultListen = "127.0.0.1:8080";

const help = `npm start [-- OPTIONS]

Starts a server, brings up a lab of racks on this machine and applies an example document to it.

  --example NAME      default-lab (default), ${labExamples.slice(1, 5).join(", ")},
                      ${labExamples.slice(5).join(", ")}
  --listen HOST:PORT  where the server listens (default ${defaultListen})
  --name LAB          name of the lab (default: "default"; give each lab beside it a name and a port of its own)
  --detach            return when all is up; ./rackway lab down ends it
`;

const startedAt = performance.now();

function say(text: string): void {
  process.stderr.write(`[${((performance.now() - startedAt) / 1000).toFixed(1).padStart(5)} s] ${text}\n`);
}

function fail(text: string, code = 1): never {
  process.stderr.write(`npm start: ${text}\n`);
  process.exit(code);
}

function readFlags() {
  try {
    const { values } = parseArgs({
      options: {
        example: { type: "string", default: "default-lab" },
        listen: { type: "string", default: defaultListen },
        name: { type: "string", default: "default" },
        detach: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    return values;
  } catch (error) {
    return fail(`${(error as Error).message}\n\n${help}`, 2);
  }
}

async function main(): Promise<void> {
  const flags = readFlags();
  if (flags.help) return void process.stdout.write(help);
  const { example } = flags;
  if (!isLabExample(example)) fail(`there is no example "${example}"; there are ${labExamples.join(", ")}`, 2);
  if (process.getuid?.() !== 0) fail("a lab needs root (network namespaces, mounts): sudo npm start");
  await clearTheWay(flags.name);
  await buildPayload();
  const lab = await Lab.up({
    name: flags.name,
    topologyFile: topologyFileOf(example),
    onProgress: (message) => say(`lab: ${message}`),
  });
  const controlPlane = await startOrUndo(lab, flags.listen, join(root, "examples", `${example}.yaml`));
  tell(flags.listen, controlPlane, flags.name);
  if (flags.detach) process.exit(0);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void takeDown(lab, controlPlane));
  setInterval(() => undefined, 60_000);
}

/** A lab of that name from before: if it is a whole one, say so; if its server is dead, it is a left-over. */
async function clearTheWay(name: string): Promise<void> {
  const lab = openIfThere(name);
  if (!lab) return;
  if (!existsSync(ControlPlane.dataDirectory(lab)))
    fail(`a lab named ${name} is up, without a server; ./rackway lab down --name ${name} ends it`);
  if (ControlPlane.isRunning(lab)) {
    const data = ControlPlane.dataDirectory(lab);
    say(`already running: lab ${name}, admin token in ${join(data, "admin-token")}; ./rackway lab down --name ${name} ends it`);
    process.exit(0);
  }
  say(`taking down what an earlier start left of lab ${name}`);
  await lab.down();
}

function openIfThere(name: string): Lab | null {
  try {
    return Lab.open(name);
  } catch (error) {
    if (error instanceof LabError && error.code === "lab-unknown") return null;
    throw error;
  }
}

async function startOrUndo(lab: Lab, listen: string, document: string): Promise<ControlPlane> {
  try {
    say("server: starting");
    const controlPlane = await ControlPlane.start(lab, { listen });
    say(`applying examples/${basename(document)}`);
    await controlPlane.apply(basename(document), readFileSync(document, "utf8"));
    await controlPlane.enrollHosts();
    await controlPlane.converged((missing) => say(`waiting for ${missing}`));
    return controlPlane;
  } catch (error) {
    say("that failed: taking the lab down again");
    await lab.down();
    throw error;
  }
}

function tell(listen: string, controlPlane: ControlPlane, name: string): void {
  say("everything is up");
  const server = `--server http://${listen} --token-file ${controlPlane.adminTokenFile}`;
  // The command line finds the default lab's server by itself.
  const contact = name === "default" && listen === defaultListen ? [] : [`  ./rackway config set ${name} ${server} --use`];
  process.stdout.write(
    [
      "",
      `  web UI       http://${listen}`,
      `  API          http://${listen}/api/v1/openapi.json`,
      `  admin token  ${controlPlane.adminTokenFile}`,
      "",
      ...contact,
      "  ./rackway status",
      `  ./rackway lab exec --name ${name} node-a1 -- ping -c 3 198.51.100.80`,
      `  ./rackway lab fail power --name ${name} ctl-a1`,
      "",
    ].join("\n"),
  );
}

let leaving = false;

async function takeDown(lab: Lab, controlPlane: ControlPlane): Promise<void> {
  if (leaving) return;
  leaving = true;
  say("taking everything down");
  await controlPlane.stop();
  await lab.down();
  say("done");
  process.exit(0);
}

main().catch((error: unknown) => {
  const hint = error instanceof LabError && error.hint !== undefined ? `\n  ${error.hint}` : "";
  const issues = error instanceof RackwayError ? `\n${JSON.stringify(error, null, 1)}` : "";
  fail(`${error instanceof Error ? error.message : String(error)}${hint}${issues}`);
});
