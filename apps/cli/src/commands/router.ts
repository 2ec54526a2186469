import type { ApiClient } from "@rackway/api-client";
import { RackwayError } from "@rackway/errors";
import type { RevisionDocument } from "@rackway/schema";
import { type Command, Option } from "commander";
import { applyDocument, type ApplyOptions, isText, planDocument } from "../apply-document.ts";
import { setUpstreams } from "../edit-router.ts";
import { nameFailure, usageFailure } from "../failure.ts";
import type { SourceFile } from "../issue-text.ts";
import { noWaitOption, timeoutOption, yesOption } from "../options.ts";
import { outputOption, printValue } from "../output.ts";
import type { Session } from "../session.ts";
import { teach } from "../teach.ts";
import { readDnsUpstream, readNtpUpstream } from "../upstream-words.ts";

interface SetOptions extends ApplyOptions {
  dnsUpstream?: string[];
  ntpUpstream?: string[];
  preview: boolean;
}

/** `router`: single changes of a virtual router, without a file. */
export function registerRouter(program: Command, session: Session): void {
  const router = program
    .command("router")
    .helpCommand(false)
    .summary("change a router without a file")
    .description("Changes single things of a virtual router in the current document, and applies that as `rackway apply` does.");
  teach(router, [
    ["rackway router set vr-a --dns-upstream 192.0.2.1", "ask another name server"],
    ["rackway router set vr-a --ntp-upstream time.example.org --preview", "look at what would change"],
  ]);
  const set = router
    .command("set")
    .summary("change the upstreams of a router's name and time service")
    .description(
      "Puts other upstreams of name and time service into the current document, in the place of those that are there, and applies it as `rackway apply` does: shows the plan, asks on a terminal, makes a new revision, and waits until every host has converged. The daemons go on with what they know. The rest of the document stays as it was written. If somebody else applies in between, nothing is changed.",
    )
    .argument("<router>", "the virtual router")
    .addOption(listOption("--dns-upstream <server>", "name server: an address, or tls://ADDRESS[:PORT]#NAME; once for each"))
    .addOption(listOption("--ntp-upstream <server>", "time server: an address, a name, or nts://NAME; once for each"))
    .option("--preview", "show the plan and change nothing", false)
    .addOption(yesOption())
    .option("--comment <text>", "why; kept in the history (default: what was set)")
    .addOption(noWaitOption())
    .addOption(timeoutOption("5m"))
    .addOption(outputOption())
    .action(async (name: string, _, command: Command) => runSet(session, command, name));
  teach(set, [
    ["rackway router set vr-a --dns-upstream 192.0.2.1 --dns-upstream 2001:db8::1", "two name servers, in the place of all others"],
    [
      "rackway router set vr-a --dns-upstream 'tls://192.0.2.1#dns.example.org'",
      "asked over TLS, and its certificate must be of this name",
    ],
    ["rackway router set vr-a --ntp-upstream nts://time.example.org --yes", "authenticated time, without a question"],
    ["rackway router set vr-a --dns-upstream 192.0.2.1 --preview -o json", "what would change, for a program"],
  ]);
}

function listOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((value: string, before: string[] | undefined): string[] => [...(before ?? []), value]);
}

async function runSet(session: Session, command: Command, name: string): Promise<void> {
  const options = command.opts<SetOptions>();
  const { dnsUpstream: dns, ntpUpstream: ntp, output } = options;
  if (dns === undefined && ntp === undefined)
    throw usageFailure("there is nothing to set", "give --dns-upstream or --ntp-upstream; see: rackway router set --help");
  const api = await session.connect(command);
  const current = await readCurrent(api);
  const files = setUpstreams(current.files, name, {
    ...(dns === undefined ? {} : { dns: dns.map(readDnsUpstream) }),
    ...(ntp === undefined ? {} : { ntp: ntp.map(readNtpUpstream) }),
  });
  if (files === null) throw unknownRouter(name, current);
  if (options.preview) return preview(session, api, files, options, current.revision);
  const comment = options.comment ?? renderComment(name, dns, ntp);
  await applyDocument(session, api, files, { ...options, comment, output }, current.revision);
}

async function preview(session: Session, api: ApiClient, files: readonly SourceFile[], { output }: SetOptions, madeFrom: number) {
  const plan = await planDocument(session, api, files, output, madeFrom);
  if (!isText(output)) printValue(session.io, output, plan, () => "");
}

/** The current revision with its files. */
async function readCurrent(api: ApiClient): Promise<RevisionDocument> {
  const { current } = await api.revisions();
  if (current !== null) return api.document(current);
  throw new RackwayError("not-found", "there is no revision yet, so there is no router to change", "make one: rackway apply -f FILE");
}

function unknownRouter(name: string, { document: { spec } }: RevisionDocument): RackwayError {
  if (spec.roamingRouters?.some((router) => router.name === name) === true)
    return usageFailure(
      `${name} is a roaming router, which has no name and time service: there are no upstreams to set`,
      "docs/a-way-out-across-racks.md says what it has",
    );
  return nameFailure(
    "virtual router",
    name,
    spec.virtualRouters.map((router) => router.name),
  );
}

function renderComment(name: string, dns: readonly string[] = [], ntp: readonly string[] = []): string {
  const words = [...dns.map((server) => `--dns-upstream ${server}`), ...ntp.map((server) => `--ntp-upstream ${server}`)];
  return ["router set", name, ...words].join(" ").slice(0, 200);
}
