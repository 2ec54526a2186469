import type { CatalogueEntry } from "./catalogue.ts";

type Entries = Readonly<Record<string, CatalogueEntry>>;

const seen = { severity: "warning", status: 200, exitCode: 1, retry: "later" } as const;
/** Traffic is cut, or two hosts own one address; or nobody can see that neither is so. */
const critical = { ...seen, inStatus: "critical" } as const;
/** Traffic flows; something that would save it, or Rackway's hand on a host, is lost. */
const warning = { ...seen, inStatus: "warning" } as const;
/** As somebody wanted it, or soon over. */
const information = { ...seen, inStatus: "info" } as const;

/** What `status` finds by putting observations together (packages/core/planner/src/status-problems.ts). Texts follow their subject. */
export const statusProblems = {
  "router-without-host": {
    ...critical,
    text: "no host carries it{because}",
    hint: "`crm_mon -1rf` on a controller of its rack says what failed, and what Pacemaker waits for.",
    about: "None of the router's VIPs is on any host: its rack has no way out.",
  },
  "router-unseen": {
    ...critical,
    text: "none of its controllers is heard of, so nobody can see whether it carries traffic",
    hint: "Ask a controller itself: `rackway status --local`.",
    about: "A rack without power and a rack that the server cannot reach look the same from here.",
  },
  "router-by-word": {
    ...warning,
    text: "the agent of {host}, where it runs by Pacemaker's word, is silent: nobody sees its addresses",
    hint: "Look at {host}: `rackway status --local` on another controller, `rackway agent status` there.",
    about: "Routers need no agent. Who owns an address is shown by that host's own word alone, so that nothing is guessed.",
  },
  "router-connections-many": {
    ...warning,
    text: "its connection table is {percent} % full on {host}: {entries} of {limit} connections",
    hint: "At 100 % new connections are refused, and nothing else says so. Raise net.netfilter.nf_conntrack_max on all of its controllers; `conntrack -L` in the router's namespace says whose connections they are.",
    about:
      "Told from 80 % on, critical from 95 % on. The limit is the host's (sysctl net.netfilter.nf_conntrack_max), and every router of the host has it for itself.",
  },
  "router-ports-many": {
    ...warning,
    text: "towards one destination {percent} % of the ports of its public IPv{family} VIP are taken: {used} of {limit}",
    hint: "At 100 % no member gets another connection to that destination. `conntrack -L --reply-dst` with that VIP in the router's namespace on {host} says which it is; give part of the members another router.",
    about:
      "Translated connections to one address and port share the source ports of one address: 64,512 for each protocol. Told from 80 % on, critical from 95 % on: long before the last port the kernel, which tries 128 of them, finds no free one.",
  },
  "router-unsettled": {
    ...warning,
    text: "its controller has not reported that all of it is there",
    hint: "`rackway describe host {host}` says what is left to do.",
    about: "A router without VIPs is part of its one controller; it is called active when that host is all that it should be.",
  },
  "vip-owned-twice": {
    ...critical,
    text: "{address} is on {count} hosts at once: {hosts}",
    hint: "Normal for an instant of a planned move; if it stays, the hosts cannot see each other.",
    about: "Two hosts say that they have the same address. Each of them gets part of the traffic.",
  },
  "vip-without-owner": {
    ...critical,
    text: "{address} is on no host{because}",
    hint: "`crm_mon -1rf` on a controller says what failed there.",
    about: "The address answers nobody.",
  },
  "vip-owner-down": {
    ...critical,
    text: "on {hosts}, where its service is down ({reason}): {address}",
    hint: "Start the service there. `rackway describe vip {vip}` says how it stands elsewhere.",
    about:
      "A failover VIP is sent away from a host where its service fails, and stays where it is when it is known to fail on all of them. For a moment while it moves.",
  },
  "vip-announced-nowhere": {
    ...critical,
    text: "no host announces {address}{because}",
    hint: "`rackway describe vip {vip}` says how it stands on each host.",
    about: "Routers have no way to the address: it answers nobody outside of the hosts that hold it.",
  },
  "vip-kept": {
    ...critical,
    text: "still announced by {hosts}, where its service is down ({reason}): {address}",
    hint: "Start the service there. `rackway describe vip {vip}` says how it stands elsewhere; `withdrawLast: true` in the document withdraws it instead.",
    about:
      "The last announcement of a VIP stays although the service behind it is down: a bad answer is better than none. A warning while the service is well on another host, which will announce it.",
  },
  "vip-missing": {
    ...warning,
    text: "missing on {hosts}: {address}",
    hint: "`crm_mon -1rf` there says what failed; `rackway describe vip {vip}`, how it stands on each host.",
    about:
      "An anycast VIP is held by every host that the document names, save those that are drained. Only worth knowing for two minutes while those hosts converge.",
  },
  "vip-announced-astray": {
    ...warning,
    text: "announced by {hosts}, where the document does not put it: {address}",
    hint: "`rackway describe vip {vip}` names the hosts that may hold it. What announces it elsewhere without Rackway, Rackway does not withdraw.",
    about: "Traffic for the VIP can come to a host that the document does not name for it.",
  },
  "vip-dampened": {
    ...information,
    text: "kept back on {hosts}, where its service has come and gone too often: {address}",
    hint: "It is announced again once it has been well for longer. `rackway get events --kind vip-down` says why it went.",
    about:
      "Flap dampening: each loss doubles the time for which the service must be well. A warning where fewer than two hosts announce the VIP.",
  },
  "vip-down-somewhere": {
    ...information,
    text: "not announced by {hosts}, where its service is down ({reason}): {address}",
    hint: "",
    about: "Other hosts announce the VIP, and have its traffic. A service that runs on some of the hosts alone is no fault.",
  },
  "vip-unseen": {
    ...warning,
    text: "no host has reported on {address}",
    hint: "",
    about: "No agent that is in contact has said who holds the address.",
  },
  "router-pair-split": {
    ...critical,
    text: "its pair is split between {hosts}",
    hint: "Normal for an instant of a move. If it stays: `crm_mon -1rf` on a controller.",
    about: "The public and the management VIP are on different hosts: what comes in by one cannot leave by the other.",
  },
  "router-services-silent": {
    ...critical,
    text: "its {service} does not answer",
    hint: "",
    about: "Nodes that ask the virtual router for names or time get no answer.",
  },
  "router-not-in-step": {
    ...warning,
    text: "no standby is in step with its connections: a failover now would cut some",
    hint: "Give it half a minute; then `crm_mon -1rf`, and /run/rackway/rw-{router}-sync/output on the standby.",
    about: "No other controller holds the state of the connections that run through the router.",
  },
  "observation-old": {
    ...warning,
    text: "what is known of it is old: no host has looked lately",
    hint: "",
    about: "An old observation says what was, not what is.",
  },
  "pacemaker-without-quorum": {
    ...critical,
    text: "it has no quorum: its routers and single-owner VIPs are stopped",
    hint: "Bring controllers back; `corosync-quorumtool -s` on one says which are missing.",
    about: "By Corosync's own word. Only a majority may own what has one owner.",
  },
  "pacemaker-without-dc": {
    ...warning,
    text: "it has no DC: nothing is being placed",
    hint: "An election takes some seconds. If it stays: `corosync-quorumtool -s` on each controller.",
    about: "Without a DC what runs goes on, and nothing fails over.",
  },
  "pacemaker-unseen": {
    ...warning,
    text: "no host has reported on it",
    hint: "",
    about: "Quorum, DC and placement of this Pacemaker cluster cannot be seen.",
  },
  "fencing-off": {
    ...warning,
    text: "it waits for fencing before a takeover, but fencing is off: a dead host's routers stay down",
    hint: "Name fence devices in the document, or choose `takeover: quorum`.",
    about: "With `takeover: fenced` nothing is taken over before the old owner is known to be off.",
  },
  "host-offline": {
    ...warning,
    text: "offline, {how}",
    hint: "",
    about: "The other controllers do not see it, or, of a host without peers, its agent is not heard of.",
  },
  "agent-stale": {
    ...warning,
    text: "its agent is stale",
    hint: "The agent is dead or cannot reach the server. Traffic is not affected. `rackway agent status` on the host says more.",
    about: "Nothing was heard of the agent for 15 s: what it said does not count any more.",
  },
  "agent-absent": {
    ...warning,
    text: "its agent is absent",
    hint: "The agent is dead or cannot reach the server. Traffic is not affected. `rackway agent status` on the host says more.",
    about: "Nothing was heard of the agent for a minute, or ever.",
  },
  "host-not-converged": {
    ...information,
    text: "not converged",
    hint: "`rackway describe host {host}` says what is left to do.",
    about: "Steps are left on the way to the current revision. Normal after an apply; a warning after two minutes.",
  },
  "host-paused": {
    ...information,
    text: "it is paused: Rackway changes nothing there{why}",
    hint: "`rackway resume {host}` ends it.",
    about: "Somebody asked for it. After a day it becomes a warning: a pause that was forgotten leaves the host behind.",
  },
  "host-drained": {
    ...information,
    text: "it is drained{why}",
    hint: "`rackway resume {host}` ends it.",
    about: "Somebody asked for it: nothing that has one owner runs there, and its anycast VIPs are withdrawn, then let go.",
  },
  "revision-waits": {
    ...information,
    text: "undone at {deadline} unless it is confirmed; the hosts then go back to revision {base}",
    hint: "Confirm it: `rackway confirm`. Take it back now: `rackway rollback`.",
    about: "It was applied with --confirm-within. The hosts undo it by themselves when the time is over.",
  },
} as const satisfies Entries;
