import type { PacemakerState } from "@rackway/schema";

/**
 * Corosync's totem timers, in milliseconds (corosync.conf(5)).
 *
 * A failover starts after about `token + consensus`. `token_coefficient` is 0 everywhere: by default it would add 650 ms for each
 * host beyond two. With knet's own heartbeat, tokens of 300 ms flap even when idle: hence the ping interval and time-out.
 */
export type TotemTimers = {
  readonly tokenMs: number;
  readonly consensusMs: number;
  readonly retransmitsBeforeLoss: number;
  readonly joinMs: number;
  readonly knetPingIntervalMs: number;
  readonly knetPingTimeoutMs: number;
  readonly knetPongCount: number;
};

/** `local`: controllers in one room. `careful`: long or lossy links, where a spurious membership change costs more than a slower failover. */
export const totemTimers: Record<PacemakerState["timers"], TotemTimers> = {
  local: {
    tokenMs: 300,
    consensusMs: 361,
    retransmitsBeforeLoss: 4,
    joinMs: 50,
    knetPingIntervalMs: 250,
    knetPingTimeoutMs: 1500,
    knetPongCount: 2,
  },
  careful: {
    tokenMs: 3000,
    consensusMs: 3601,
    retransmitsBeforeLoss: 4,
    joinMs: 50,
    knetPingIntervalMs: 750,
    knetPingTimeoutMs: 1500,
    knetPongCount: 2,
  },
};

/**
 * corosync-qdevice's timers, in milliseconds (corosync-qdevice(8)). Its heartbeat to corosync-qnetd is every 4/5 of `timeoutMs`; corosync-qnetd
 * gives a silent controller up after 3/2 heartbeats, and the controller gives the device up after two at most. A takeover from a controller that
 * says nothing any more waits for the former (it would otherwise get the vote while the other half may still have it), and the guard has it wait
 * for the latter. Below 1250 both daemons refuse. `syncTimeoutMs`: how long Corosync waits for the device's word on a new membership; shorter
 * than corosync-qnetd takes to give a controller up, the survivor would lose quorum for a moment.
 */
export const quorumDeviceTimers: Record<PacemakerState["timers"], { readonly timeoutMs: number; readonly syncTimeoutMs: number }> = {
  local: { timeoutMs: 1250, syncTimeoutMs: 5000 },
  careful: { timeoutMs: 10_000, syncTimeoutMs: 30_000 },
};
