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
