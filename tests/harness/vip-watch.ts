import { startCapture, type Capture } from "./capture.ts";
import { analyseOwnership, type Ownership, type Question } from "./ownership.ts";
import type { Place } from "./place.ts";
import { Program } from "./program.ts";
import { packAddress, parseSighting, type Sighting } from "./sighting.ts";

export type VipWatchOptions = {
  /** Where the segment's bridge is: the rack's ToR in the lab. */
  place: Place;
  interface: string;
  /** VIPs on that segment, IPv4 or IPv6, in their shortest form. */
  addresses: readonly string[];
  /** How often each address is asked for. */
  intervalMs?: number;
  maxMs: number;
};

export type VipWatchReport = {
  byAddress: Record<string, Ownership>;
  /** Everything that was seen, for the one who looks into a failure. */
  sightings: Sighting[];
  droppedByKernel: number;
  /** The capture reached its limit: what came later was not seen. */
  isFull: boolean;
};

/**
 * Watches who owns addresses on one L2 segment, with two witnesses: a capture of all frames by which a host shows itself as owner, and an
 * asker that makes owners answer every few milliseconds without entering anybody's neighbour cache.
 */
export class VipWatch {
  readonly #options: VipWatchOptions;
  readonly #capture: Capture;
  readonly #asker: Program<object>;

  static async start(options: VipWatchOptions): Promise<VipWatch> {
    const { place, addresses, maxMs, intervalMs = 5 } = options;
    const sources = addresses.map((address) => `src host ${address}`).join(" or ");
    // An advertisement is found by its type, in the first octet after the IPv6 header.
    const filter = `arp or (icmp6 and (ip6[40] == 135 or ip6[40] == 136)) or ${sources}`;
    const capture = await startCapture({ place, interface: options.interface, filter, maxMs: maxMs + 5000 });
    const asker = Program.start<object>(place, "vip-asker.py", { interface: options.interface, addresses, intervalMs, maxMs });
    try {
      await asker.ready();
    } catch (error) {
      capture.abandon();
      throw error;
    }
    return new VipWatch({ ...options, intervalMs }, capture, asker);
  }

  private constructor(options: VipWatchOptions, capture: Capture, asker: Program<object>) {
    this.#options = options;
    this.#capture = capture;
    this.#asker = asker;
  }

  async stop(): Promise<VipWatchReport> {
    await this.#asker.stop();
    const { frames, droppedByKernel, isFull } = await this.#capture.stop();
    const packed = new Map(this.#options.addresses.map((address) => [packAddress(address), address]));
    const onWire = frames.flatMap((frame) => parseSighting(frame, packed) ?? []);
    const answered = this.#asker.events.filter(({ event }) => event === "answered");
    const toAsker = answered.map(({ atMs, address, mac }) => ({ atMs, address, mac, kind: "answer" }) as Sighting);
    const sightings = withoutRepeats([...onWire, ...toAsker]);
    const byAddress = Object.fromEntries(this.#options.addresses.map((address) => [address, this.#analyse(address, sightings)]));
    return { byAddress, sightings, droppedByKernel, isFull };
  }

  abandon(): void {
    this.#capture.abandon();
    this.#asker.abandon();
  }

  #analyse(address: string, sightings: readonly Sighting[]): Ownership {
    const questions = this.#asker.events.filter(
      (event) => event.event === "asked" && event["address"] === address,
    ) as unknown as Question[];
    return analyseOwnership(address, sightings, questions, 3 * (this.#options.intervalMs ?? 5) + 10);
  }
}

/** Most answers have two witnesses, each with the kernel's time stamp of the same frame: they are one sighting. */
function withoutRepeats(sightings: readonly Sighting[]): Sighting[] {
  const lastAt = new Map<string, number>();
  return sightings
    .toSorted((a, b) => a.atMs - b.atMs)
    .filter(({ atMs, address, mac, kind }) => {
      const key = `${address} ${mac} ${kind}`;
      const isRepeat = kind === "answer" && atMs - (lastAt.get(key) ?? -Infinity) < 0.5;
      if (!isRepeat) lastAt.set(key, atMs);
      return !isRepeat;
    });
}
