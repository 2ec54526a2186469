/**
 * Racks on one machine.
 *
 * A lab host is a Linux machine in all that matters to Rackway: network, mount, PID, UTS and IPC namespaces of its own (namespaces(7)),
 * an overlay of a Debian root as its disk, tini and runit as its init system, and the production payload at /usr/lib/rackway. Hosts hang on
 * routers by veth cables; routers run FRR or BIRD; an "internet" host answers HTTP, DNS and NTP. `Lab` builds one, breaks it and mends it.
 *
 * Where it departs from a machine: the kernel is shared, so clock, modules and sysctls other than the network's are out of a host's reach;
 * a power cut loses nothing that was written (the page cache is the machine's); and there is no systemd.
 *
 *     topology.ts  plan.ts  ports.ts         from a file to hosts, cables and addresses (pure)
 *     boot-files.ts  external-services.ts    what each host boots from (pure)
 *     router-speech.ts  frr-conf.ts  bird-conf.ts  multipath-hash.ts   … and a router's daemon and kernel
 *     debian-root.ts  machine-tools.ts       the root that all hosts share, what the machine needs to make it
 *     example-topologies.ts                  what the example documents stand on
 *     bring-up.ts  take-down.ts  lab-files.ts            the life of a lab, and its traces on disk
 *     wiring.ts  host-power.ts  labd.ts  power-client.ts cables, power, fencing from outside
 *     faults.ts                              links, losses, partitions (pure, as nftables rules)
 *     host-exec.ts  processes.ts             inside a host
 *     control-plane.ts                       the production server beside a lab
 *     lab.ts                                 all of it as one class;  main.ts: as a command
 */
export type { CommandResult } from "./command.ts";
export { defaultServer, defaultTopology, type UpOptions } from "./bring-up.ts";
export { ControlPlane, type ControlPlaneOptions, vipsNotHeld } from "./control-plane.ts";
export { isLabExample, type LabExample, labExamples, topologyFileOf } from "./example-topologies.ts";
export { ensureRoot, rootDirectory } from "./debian-root.ts";
export type { Faults, Loss, LossDirection, Partition } from "./faults.ts";
export { Capture, type ExecOptions, HostChild } from "./host-exec.ts";
export { Lab } from "./lab.ts";
export { LabError, type LabErrorCode } from "./lab-error.ts";
export { listLabs } from "./lab-files.ts";
export { ensureTools } from "./machine-tools.ts";
export { type LabHost, type LabPlan, planLab } from "./plan.ts";
export { parseTopology, type Topology } from "./topology.ts";
