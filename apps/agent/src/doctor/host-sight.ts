import { hostname } from "node:os";

import type { CommandResult, HostObservation, ServiceObservation } from "@rackway/linux";
import type { ClusterTrouble, CorosyncLink, FailoverSight, NamespaceSight, PacemakerModes, Quorum, UplinkLack } from "@rackway/pacemaker";
import type { FrrLine, OthersAnnouncements } from "@rackway/routing";
import type { Family, HostReport, HostState, PacemakerObservation, RoutingObservation, Seen, Step } from "@rackway/schema";

import type { CheckerWord } from "../checker-word.ts";
import type { AgentConfig } from "../config.ts";
import type { DiskLack } from "../disks.ts";
import type { ToldProblem } from "./told-problem.ts";

/** Everything that was looked at on this host, each by itself: what could not be seen says why. */
export interface HostSight {
  readonly now: Date;
  readonly files: { readonly config: string; readonly state: string };
  readonly config: Seen<AgentConfig>;
  readonly hasToken: boolean;
  /** What the running agent last reported; null: no agent listens. */
  readonly agent: Seen<HostReport | null>;
  readonly server: Seen<ServerSight>;
  readonly clock: Seen<ClockSight>;
  readonly disks: Seen<readonly DiskLack[]>;
  /** What the document wants of this host; without it, only the above can be judged. */
  readonly state: Seen<HostState>;
  readonly init: Seen<InitSight>;
  readonly packages: Seen<ReadonlyMap<string, string>>;
  readonly guard: HostReport["guard"];
  readonly quorum: Seen<Quorum>;
  /** corosync-qdevice's word; null: it does not answer. */
  readonly quorumDevice: Seen<string | null>;
  readonly quorumServer: Seen<QuorumServerSight>;
  readonly links: Seen<readonly CorosyncLink[]>;
  readonly monitor: Seen<MonitorSight>;
  readonly fenceAgents: ReadonlyMap<string, boolean>;
  readonly fencingLog: string;
  readonly uplinks: Seen<readonly UplinkLack[]>;
  readonly drift: Seen<DriftSight>;
  readonly frr: Seen<FrrSight>;
  readonly routing: Seen<RoutingView>;
  readonly others: Seen<OthersAnnouncements>;
  readonly namespaces: Seen<readonly ServiceLook[]>;
  readonly failover: Seen<readonly FailoverLook[]>;
  readonly clients: Seen<ClientLookSight>;
  readonly kernel: Seen<KernelSight>;
  readonly gateways: Seen<readonly GatewaySight[]>;
}

/** What there is to judge once it is known what should be. */
export interface JudgedHost extends HostSight {
  readonly wanted: HostState;
}

export interface ServerSight {
  readonly address: string;
  /** How far this host's clock is ahead of the server's; null: its answer has no date. */
  readonly aheadMs: number | null;
}

export interface ClockSight {
  readonly isSynchronised: boolean;
  /** `chronyd` or `systemd`. */
  readonly by: string;
  readonly word: string;
}

export interface InitSight {
  readonly name: string;
  readonly services: Readonly<Record<string, ServiceObservation>>;
}

/** One answer of crm_mon(8), read in three ways. */
export interface MonitorSight {
  readonly seen: Pick<PacemakerObservation, "dc" | "fencing" | "online" | "resources">;
  readonly trouble: ClusterTrouble;
  readonly modes: PacemakerModes;
}

/** corosync-qnetd on this host: what differs, and which clusters (as Corosync knows them) are connected to it (null: it does not say). */
export interface QuorumServerSight {
  readonly pending: readonly Step[];
  readonly problems: readonly ToldProblem[];
  readonly clients: readonly string[] | null;
}

export interface DriftSight {
  readonly observation: HostObservation;
  readonly pending: readonly Step[];
  readonly problems: readonly ToldProblem[];
}

export interface ClientLookSight {
  readonly pending: readonly Step[];
  readonly problems: readonly ToldProblem[];
  /** Running programs that write resolv.conf of their own accord. */
  readonly writers: readonly string[];
  /** resolv.conf has the flag that keeps everybody from changing it (chattr(1)). */
  readonly isImmutable: boolean;
}

export interface FrrSight {
  readonly pending: readonly Step[];
  readonly problems: readonly ToldProblem[];
  /** Null: FRR does not answer. */
  readonly config: readonly FrrLine[] | null;
}

export interface RoutingView {
  readonly observation: RoutingObservation | null;
  readonly problems: readonly ToldProblem[];
}

/** One service namespace of this host: what of its addresses is in the kernel, and what its checker says. */
export interface ServiceLook {
  readonly name: string;
  readonly kernel: NamespaceSight;
  readonly checker: CheckerWord;
}

export interface FailoverLook {
  readonly name: string;
  readonly kernel: FailoverSight;
  readonly checker: CheckerWord;
}

export interface KernelSight {
  /** By sysctl.d(5)'s name; null: there is no such key. */
  readonly sysctls: Readonly<Record<string, string | null>>;
  /** Entries of the neighbour tables. */
  readonly neighbors: Readonly<Record<Family, number>>;
}

export interface Gateway {
  readonly family: Family;
  readonly via: string;
  readonly device: string;
  readonly purpose: string;
}

export interface GatewaySight extends Gateway {
  readonly mtu: number;
  readonly answersSmall: boolean;
  /** A packet as large as the link's MTU came back. */
  readonly answersLarge: boolean;
  /** It is in the kernel's neighbour table with its address. */
  readonly isNeighbor: boolean;
}

/** Why a command has no answer, in one line. */
export function reasonOfResult({ code, stdout, stderr }: CommandResult): string {
  const [line = ""] = (stderr.trim() || stdout.trim()).split("\n");
  return line === "" ? `it ended with ${code}` : line;
}

/** The name under which this host is spoken of, known or not. */
export function nameOfHost({ config, state }: Pick<HostSight, "config" | "state">): string {
  return state.isSeen ? state.value.host.name : config.isSeen ? config.value.host : hostname();
}
