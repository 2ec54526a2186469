import type { ResolverState } from "@rackway/schema";

import type { SavedPath } from "../originals.ts";
import { problem } from "../problem.ts";
import { step } from "../stage.ts";
import type { ClientDaemon, ClientStage } from "./client-stage.ts";
import { renderResolvedDropIn } from "./drop-ins.ts";
import type { FileOperation } from "./file-operation.ts";
import { rootOwner } from "./file-operation.ts";
import type { ClientPaths, ResolverSight } from "./observe-clients.ts";
import { isOurs } from "./observe-clients.ts";
import type { PathSight } from "./path-sight.ts";
import type { DropIn } from "./plan-drop-in.ts";
import { planDropIn } from "./plan-drop-in.ts";
import { keptLines, nameserversIn, renderResolvConf } from "./resolv-conf.ts";

/**
 * By systemd-resolved's own files where resolv.conf leads to it and it is there; by resolv.conf itself everywhere else. A host is pointed at
 * name servers for the first time only when one of them answers: until then it keeps what works.
 */
export function planResolver(
  stage: ClientStage,
  wanted: ResolverState | null,
  seen: ResolverSight,
  paths: ClientPaths,
  told: ReadonlySet<ClientDaemon>,
): void {
  const words = wanted === null ? "" : wordsOf(wanted);
  const isResolved = resolverKind(seen) === "systemd-resolved";
  const isNew = !isOurs(seen.conf) && !isOurs(seen.dropIn.file) && Object.keys(stage.originals.resolvConf).length === 0;
  const { uplinks } = seen;
  const dropIn: DropIn = {
    path: paths.resolvedDropIn,
    sight: seen.dropIn,
    text: wanted === null || !isResolved ? null : renderResolvedDropIn(wanted),
    words,
    kind: "resolver",
    daemon: "systemd-resolved",
    service: seen.service,
    isTakenOver: wanted === null || uplinks === null ? null : wanted.nameservers.every((address) => uplinks.includes(address)),
  };
  if (wanted !== null && isNew && seen.answering?.length === 0) {
    const target = isResolved ? "systemd-resolved" : paths.resolvConf;
    const silent = problem("resolver-silent", { servers: wanted.nameservers.join(", ") });
    stage.block(step("change", "resolver", target, confWords(seen.conf), words), silent);
    // What an earlier giving back has left to be told, is told also now.
    return planDropIn(stage, { ...dropIn, text: null }, told);
  }
  planConf(stage, isResolved ? null : wanted, seen.conf, paths.resolvConf);
  planDropIn(stage, dropIn, told);
}

/** Who answers this host's questions for names. A link to a systemd-resolved that is gone for good is a link like any other. */
export function resolverKind({ conf, service }: Pick<ResolverSight, "conf" | "service">): "systemd-resolved" | "resolv.conf" {
  const isLed = conf.kind === "link" && (conf.leadsTo.startsWith("/run/systemd/resolve/") || staticFiles.has(conf.leadsTo));
  return isLed && (service.enabled || service.running) ? "systemd-resolved" : "resolv.conf";
}

/** What systemd-resolved(8) offers for hosts whose /run is not to be pointed into. */
const staticFiles: ReadonlySet<string> = new Set(["/usr/lib/systemd/resolv.conf", "/lib/systemd/resolv.conf"]);

function planConf(stage: ClientStage, wanted: ResolverState | null, conf: PathSight, path: string): void {
  const slot = conf.kind === "file" && conf.isMountPoint ? "mounted" : "own";
  const saved = stage.originals.resolvConf[slot];
  if (wanted === null) return planBack(stage, conf, path, slot);
  const change = step(conf.kind === "absent" ? "create" : "change", "resolver", path, confWords(conf), wordsOf(wanted));
  if (conf.kind === "other")
    return stage.block(change, problem("resolver-refused", { file: path, reason: "it is neither a file nor a link" }));
  const kept = saved?.kept ?? (isOurs(conf) ? [] : keptOf(conf));
  const write = writeOperation(path, Buffer.from(renderResolvConf(wanted, kept)), conf, saved);
  if (conf.kind === "file" && isSame(conf, write)) return;
  // What somebody has put in the place of ours is no original: that was there before us.
  if (saved === undefined && !isOurs(conf)) {
    const original = { ...savedOf(conf), kept };
    stage.keep((originals) => ({ ...originals, resolvConf: { ...originals.resolvConf, [slot]: original } }));
  }
  stage.steps.push(change);
  stage.run(write);
}

/** Puts back what was there; what somebody else has put there since is theirs, and stays. */
function planBack(stage: ClientStage, conf: PathSight, path: string, slot: "own" | "mounted"): void {
  const { own, mounted } = stage.originals.resolvConf;
  const saved = slot === "own" ? own : mounted;
  if (saved === undefined && isOurs(conf)) {
    stage.problems.push(problem("resolver-original-lost", { file: path }));
    return;
  }
  // What a mounted file hides is put back once it is seen again; a file that is mounted no more is not on this host.
  const left = slot === "mounted" && own !== undefined ? { own } : {};
  if (own !== undefined || mounted !== undefined) stage.forget((originals) => ({ ...originals, resolvConf: left }));
  if (saved === undefined || !isOurs(conf)) return;
  stage.steps.push(step(saved.kind === "absent" ? "delete" : "change", "resolver", path, confWords(conf), savedWords(saved)));
  stage.run(restoreOperation(path, conf, saved));
}

type Write = Extract<FileOperation, { do: "write" }>;

function writeOperation(path: string, bytes: Buffer, conf: PathSight, saved: SavedPath | undefined): Write {
  if (conf.kind === "file" && conf.isMountPoint) return { do: "write", path, bytes, mode: conf.mode, owner: conf, inPlace: true };
  const like = saved?.kind === "file" ? saved : saved === undefined && conf.kind === "file" ? conf : { mode: 0o644, ...rootOwner };
  return { do: "write", path, bytes, mode: like.mode, owner: { uid: like.uid, gid: like.gid }, inPlace: false };
}

function isSame(conf: Extract<PathSight, { kind: "file" }>, { bytes, mode, owner }: Write): boolean {
  return conf.bytes.equals(bytes) && conf.mode === mode && conf.uid === owner.uid && conf.gid === owner.gid;
}

function restoreOperation(path: string, conf: PathSight, saved: SavedPath): FileOperation {
  switch (saved.kind) {
    case "absent":
      return { do: "remove", path };
    case "link":
      return { do: "link", path, target: saved.target };
    case "file": {
      const { content, mode, uid, gid } = saved;
      const inPlace = conf.kind === "file" && conf.isMountPoint;
      return { do: "write", path, bytes: Buffer.from(content, "base64"), mode, owner: { uid, gid }, inPlace };
    }
  }
}

type WithoutKept<Saved> = Saved extends SavedPath ? Omit<Saved, "kept"> : never;

function savedOf(conf: Exclude<PathSight, { kind: "other" }>): WithoutKept<SavedPath> {
  switch (conf.kind) {
    case "absent":
      return { kind: "absent" };
    case "link":
      return { kind: "link", target: conf.target };
    case "file":
      return { kind: "file", content: conf.bytes.toString("base64"), mode: conf.mode, uid: conf.uid, gid: conf.gid };
  }
}

function keptOf(conf: PathSight): string[] {
  if (conf.kind === "file") return keptLines(conf.bytes.toString("utf8"));
  return conf.kind === "link" && conf.text !== null ? keptLines(conf.text) : [];
}

function wordsOf({ nameservers, search, options }: ResolverState): string {
  const parts = [`name servers ${nameservers.join(" ")}`, ...(search.length > 0 ? [`search ${search.join(" ")}`] : [])];
  return [...parts, ...(options.length > 0 ? [`options ${options.join(" ")}`] : [])].join(", ");
}

function confWords(conf: PathSight): string | null {
  switch (conf.kind) {
    case "absent":
      return null;
    case "other":
      return "neither a file nor a link";
    case "link":
      return `link to ${conf.target}`;
    case "file":
      return fileWords(conf.bytes);
  }
}

function savedWords(saved: SavedPath): string | null {
  if (saved.kind === "absent") return null;
  return saved.kind === "link" ? `link to ${saved.target}` : fileWords(Buffer.from(saved.content, "base64"));
}

function fileWords(bytes: Buffer): string {
  const servers = nameserversIn(bytes.toString("utf8"));
  return servers.length === 0 ? "no name server" : `name servers ${servers.join(" ")}`;
}
