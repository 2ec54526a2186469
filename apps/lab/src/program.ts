import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { Argument, Command, Option } from "commander";
import { exitCode } from "./command.ts";
import type { LossDirection } from "./faults.ts";
import { LabError } from "./lab-error.ts";
import { Lab } from "./lab.ts";
import { LabFiles, listLabs, requireHost } from "./lab-files.ts";
import { observeLab, renderStatus } from "./status.ts";
import { takeDown } from "./take-down.ts";

interface Named {
  name?: string;
}

/** The `rackway lab` command line. Actions throw LabError; main.ts turns that into text and an exit code. */
export function labProgram(): Command {
  const program = new Command("rackway lab")
    .description(
      "Racks on one machine: every host in namespaces of its own, with the real Corosync, Pacemaker, FRR and the rest,\n" +
        "behind top-of-rack routers, a spine and an internet host. Bring them up, break them, watch what happens.",
    )
    .showHelpAfterError("(--help says how)")
    .exitOverride()
    .addHelpText(
      "after",
      `
Examples:
  rackway lab up                                    the default lab: two racks, twelve hosts
  rackway lab up -f examples/topologies/minimal.yaml --name small
  rackway lab exec ctl-a1 -- crm_mon -1
  rackway lab fail power ctl-a1                     cut the power; \`lab heal ctl-a1\` brings it back
  rackway lab fail loss node-a1:management 20 out   lose a fifth of what node-a1 sends
  rackway lab fail partition ctl-a1,ctl-a2 ctl-a3
  rackway lab heal                                  undo every failure
  rackway lab down`,
    );
  addLife(program);
  addLooks(program);
  addFailures(program);
  return program;
}

function nameOption(): Option {
  return new Option("--name <lab>", "which lab (default: the only one there is, or `default`)").env("RACKWAY_LAB");
}

/** The lab that is meant: by name, or the only one. */
function labName({ name }: Named): string {
  const labs = listLabs();
  return name ?? (labs.length === 1 && labs[0] !== undefined ? labs[0] : "default");
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function addLife(program: Command): void {
  program
    .command("up")
    .description("build a lab and boot its hosts; the first time, make the Debian root that they share")
    .option("-f, --file <topology>", "topology file (default: the default lab's)")
    .option("--rack <name...>", "only these racks of the topology")
    .option("--server <url>", "where the hosts' agents reach the server")
    .addOption(new Option("--name <lab>", "name of the lab").env("RACKWAY_LAB").default("default"))
    .action(async (options: { file?: string; rack?: string[]; server?: string; name: string }) => {
      const started = performance.now();
      const onProgress = (text: string): void => say(`${((performance.now() - started) / 1000).toFixed(1).padStart(5)} s  ${text}`);
      const lab = await Lab.up({ topologyFile: options.file, racks: options.rack, name: options.name, server: options.server, onProgress });
      onProgress(`lab ${lab.name} is up: ${lab.plan.hosts.map(({ name }) => name).join(" ")}`);
    });
  program
    .command("down")
    .description("take a lab down; nothing of it is left, whatever state it was in")
    .addOption(nameOption())
    .action(async (options: Named) => {
      const files = new LabFiles(labName(options));
      if (!existsSync(files.directory)) files.readRecord();
      await takeDown(files);
      say(`lab ${files.name} is down`);
    });
}

function addLooks(program: Command): void {
  program
    .command("status")
    .description("hosts, power, links and the failures in force")
    .addOption(nameOption())
    .addOption(new Option("-o, --output <format>", "how to print it").choices(["table", "json"]).default("table"))
    .action(async (options: Named & { output: "table" | "json" }) => {
      const status = await observeLab(Lab.open(labName(options)));
      process.stdout.write(options.output === "json" ? `${JSON.stringify(status, null, 2)}\n` : `${renderStatus(status)}\n`);
    });
  program
    .command("exec")
    .description("run a command in a host (a shell when there is none)")
    .argument("<host>")
    .argument("[command...]", "after --")
    .addOption(nameOption())
    .option("--netns <namespace>", "in a network namespace of the host")
    .action(async (host: string, command: string[], options: Named & { netns?: string }) => {
      const lab = Lab.open(labName(options));
      const argv = command.length > 0 ? command : ["bash", "-l"];
      process.exitCode = await runAttached(lab.commandIn(host, argv, { netns: options.netns, term: process.env["TERM"] }));
    });
  program
    .command("logs")
    .description("what a host's boot and its services wrote, also of a host that is off")
    .argument("<host>")
    .argument("[service]", "only this service")
    .addOption(nameOption())
    .option("-n, --lines <count>", "so many lines of each", "50")
    .option("-f, --follow", "go on as they grow")
    .action(async (host: string, service: string | undefined, options: Named & { lines: string; follow?: boolean }) => {
      const lab = Lab.open(labName(options));
      requireHost(lab.plan, host);
      const paths = logPaths(lab, host, service);
      if (paths.length === 0)
        throw new LabError("usage", `${host} has no log of ${service ?? "any service"}`, "services are the names in /etc/sv");
      process.exitCode = await runAttached(["tail", "-n", options.lines, ...(options.follow ? ["-F"] : []), "--", ...paths]);
    });
}

/** Logs lie on the host's disk, which the machine sees. */
function logPaths(lab: Lab, host: string, service: string | undefined): string[] {
  const logs = lab.files.path("disk", host, "upper/var/log");
  const services = existsSync(logs) ? readdirSync(logs) : [];
  const wanted = service === undefined ? services : services.filter((name) => name === service);
  const console_ = service === undefined ? [lab.files.hostPath(host, "console.log")] : [];
  return [...console_, ...wanted.map((name) => `${logs}/${name}/current`)].filter((path) => existsSync(path));
}

/** With this terminal, so that shells and pagers work; Ctrl-C goes to the command. */
function runAttached(argv: string[]): Promise<number> {
  const [file = "", ...rest] = argv;
  const ignore = (): void => undefined;
  process.on("SIGINT", ignore);
  return new Promise((resolve, reject) => {
    const child = spawn(file, rest, { stdio: "inherit" });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      process.off("SIGINT", ignore);
      resolve(exitCode(code, signal));
    });
  });
}

function addFailures(program: Command): void {
  const fail = program.command("fail").description("cause a failure; `rackway lab heal` undoes it").addOption(nameOption());
  // The name is taken before the failure's word, too.
  fail.hook("preSubcommand", (_, command) => {
    if (fail.getOptionValueSource("name") === "cli") command.setOptionValueWithSource("name", fail.getOptionValue("name"), "cli");
  });
  fail
    .command("power")
    .description("cut a host's power: its links go down, everything in it is killed, its disk stays")
    .argument("<host>")
    .addOption(nameOption())
    .option("--on", "bring the power back")
    .action(async (host: string, options: Named & { on?: boolean }) => {
      const lab = Lab.open(labName(options));
      await (options.on ? lab.powerOn(host) : lab.powerOff(host));
      say(`${host} is ${options.on ? "on" : "off"}`);
    });
  fail
    .command("link")
    .description("pull a cable at the switch's end")
    .argument("<host:network>", "as in ctl-a1:public, ctl-a1:fabric, tor-a:spine")
    .addArgument(new Argument("[state]").choices(["down", "up"]).default("down"))
    .addOption(nameOption())
    .action(async (link: string, state: "down" | "up", options: Named) => {
      await Lab.open(labName(options)).link(...parseLink(link), state);
      say(`${link} is ${state}`);
    });
  fail
    .command("loss")
    .description("lose a share of the packets on a cable; 100 loses all while the link stays up, 0 ends it")
    .argument("<host:network>")
    .argument("<percent>", "0 to 100")
    .addArgument(new Argument("[direction]", "as the host sees it").choices(["in", "out", "both"]).default("both"))
    .addOption(nameOption())
    .action(async (link: string, percent: string, direction: LossDirection, options: Named) => {
      if (!/^\d+(\.\d{1,2})?%?$/.test(percent))
        throw new LabError("usage", `${percent} is not a percentage`, "0 to 100, with up to two decimals");
      await Lab.open(labName(options)).loss(...parseLink(link), Number.parseFloat(percent), direction);
      say(`${link} loses ${percent.replace(/%$/, "")}% (${direction})`);
    });
  fail
    .command("partition")
    .description("let nothing pass between two sets of hosts, on any network; several can be in force")
    .argument("<A,B>")
    .argument("<C,D>")
    .addOption(nameOption())
    .action(async (one: string, other: string, options: Named) => {
      await Lab.open(labName(options)).partition(one.split(",").filter(Boolean), other.split(",").filter(Boolean));
      say(`nothing passes between ${one} and ${other}`);
    });
  fail
    .command("freeze")
    .description("stop a process with SIGSTOP; `all` stops every process of the host, while its kernel goes on answering")
    .argument("<host>")
    .argument("<process>", "its exact name")
    .addOption(nameOption())
    .action(async (host: string, process_: string, options: Named) => {
      say(`${await Lab.open(labName(options)).freeze(host, process_)} stopped on ${host}`);
    });
  fail
    .command("kill")
    .description("kill a process with SIGKILL")
    .argument("<host>")
    .argument("<process>", "its exact name")
    .addOption(nameOption())
    .action(async (host: string, process_: string, options: Named) => {
      say(`${await Lab.open(labName(options)).kill(host, process_)} killed on ${host}`);
    });
  addHeal(fail);
  addHeal(program);
}

function addHeal(parent: Command): void {
  parent
    .command("heal")
    .description("undo the failures of a host, or all: power, links, losses, partitions, frozen processes")
    .argument("[host]")
    .addOption(nameOption())
    .action(async (host: string | undefined, options: Named) => {
      await Lab.open(labName(options)).heal(host);
      say(`${host ?? "everything"} is healed`);
    });
}

function parseLink(text: string): [string, string] {
  const [host, network, rest] = text.split(":");
  if (!host || !network || rest !== undefined) throw new LabError("usage", `${text} is not HOST:NETWORK`, "as in ctl-a1:public");
  return [host, network];
}
