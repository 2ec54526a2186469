import { startDownloads, startFileServer, type Downloads, type FileServer } from "../../harness/downloads.ts";
import { startNewFlows, type NewFlows } from "../../harness/new-flows.ts";
import type { DownloadsResult } from "../../harness/programs/downloads-client.ts";
import type { NewFlowsResult } from "../../harness/programs/new-flows-client.ts";
import type { Stand } from "../../harness/stand.ts";
import { TcpFlows, type TcpFlowsResult } from "../../harness/tcp-flows.ts";
import { startUdpProbe, type UdpProbe, type UdpProbeResult } from "../../harness/udp-probe.ts";

export type TrafficOptions = {
  /** Established TCP flows: half over IPv4, half over IPv6, and of each half a half server-first. A multiple of four. */
  flows: number;
  /** Hashed downloads, half of them over each family; each spans the event. */
  downloads: number;
  /** New flows of each protocol, a second, over each family; 0: none. */
  newFlowsPerSecond: number;
  /** The instruments end by themselves after this. */
  maxMs: number;
};

export type OneOfEach<Value> = { ipv4: Value; ipv6: Value };

/** What ran through a router while something was done to it. */
export type TrafficResult = {
  probes: OneOfEach<UdpProbeResult>;
  flows: OneOfEach<TcpFlowsResult>;
  downloads: DownloadsResult[];
  newFlows: NewFlowsResult[];
};

const families = ["ipv4", "ipv6"] as const;
/** The internet host's own addresses. */
const internet: OneOfEach<string> = { ipv4: "198.51.100.2", ipv6: "2001:db8:100::2" };
const ports: OneOfEach<number> = { ipv4: 7000, ipv6: 7400 };
/** More than a sender's and a receiver's buffers hold together, so that what is read later is on the wire later. */
const downloadBytes = 32 * 1024 * 1024;
const downloadBytesPerSecond = 512 * 1024;

/**
 * Everything that the promises name, from a member of the rack to the internet host and back, over both families at once: a 1 kHz probe
 * each, established flows, downloads whose contents are hashed, flows that begin. Started before an event, judged after it.
 */
export class Traffic {
  readonly #probes: OneOfEach<UdpProbe>;
  readonly #flows: OneOfEach<TcpFlows>;
  readonly #files: FileServer[];
  readonly #downloads: Downloads[];
  readonly #newFlows: NewFlows[];

  /** Resolves when all flows are established and all probes run. @throws when a flow could not be opened */
  static async start(stand: Stand, options: TrafficOptions): Promise<Traffic> {
    const [client, server] = [stand.place(memberOf(stand)), stand.place("internet")];
    const open: { abandon: () => void }[] = [];
    const keep = <Instrument extends { abandon: () => void }>(instrument: Instrument): Instrument => {
      open.push(instrument);
      return instrument;
    };
    try {
      const flows = await forEach(async (family) => keep(await openFlows(stand, family, options)));
      const files: FileServer[] = [];
      const downloads: Downloads[] = [];
      for (const family of options.downloads > 0 ? families : []) {
        const place = { address: internet[family], port: ports[family] + 50 };
        const file = keep(await startFileServer(server, { ...place, bytes: downloadBytes, maxMs: options.maxMs }));
        files.push(file);
        const { url, sha256 } = file;
        const pace = { downloads: options.downloads / 2, bytesPerSecond: downloadBytesPerSecond, maxMs: options.maxMs };
        downloads.push(keep(await startDownloads(client, { url, sha256, ...pace })));
      }
      const newFlows: NewFlows[] = [];
      for (const family of options.newFlowsPerSecond > 0 ? families : []) {
        const rate = options.newFlowsPerSecond;
        const paces = { tcpPerSecond: rate, udpPerSecond: rate, count: Math.ceil((rate * options.maxMs) / 1000) };
        newFlows.push(keep(await startNewFlows({ client, server, address: internet[family], port: ports[family] + 60, ...paces })));
      }
      const probes = await forEach(async (family) =>
        keep(
          await startUdpProbe({
            client,
            server,
            address: internet[family],
            port: ports[family],
            rateHz: 1000,
            count: options.maxMs,
            // Answers may wait on a busy machine; what does not come within this is lost.
            tailMs: 1000,
          }),
        ),
      );
      return new Traffic(probes, flows, files, downloads, newFlows);
    } catch (error) {
      for (const instrument of open) instrument.abandon();
      throw error;
    }
  }

  private constructor(
    probes: OneOfEach<UdpProbe>,
    flows: OneOfEach<TcpFlows>,
    files: FileServer[],
    downloads: Downloads[],
    newFlows: NewFlows[],
  ) {
    this.#probes = probes;
    this.#flows = flows;
    this.#files = files;
    this.#downloads = downloads;
    this.#newFlows = newFlows;
  }

  /** The event is over: ends the probes, asks every flow for a sign of life, reads the downloads to their ends. */
  async finish(): Promise<TrafficResult> {
    try {
      const newFlows = await Promise.all(this.#newFlows.map((one) => one.stop()));
      const probes = await forEach((family) => this.#probes[family].stop());
      const flows = await forEach((family) => this.#flows[family].exchange());
      const downloads = await Promise.all(this.#downloads.map((one) => one.hurry()));
      await Promise.all([...families.map((family) => this.#flows[family].close()), ...this.#files.map((file) => file.stop())]);
      return { probes, flows, downloads, newFlows };
    } catch (error) {
      this.abandon();
      throw error;
    }
  }

  abandon(): void {
    const all = [...Object.values(this.#probes), ...Object.values(this.#flows), ...this.#files, ...this.#downloads, ...this.#newFlows];
    for (const instrument of all) instrument.abandon();
  }
}

/** The first member of the stand's first rack. */
export function memberOf(stand: Stand): string {
  const member = stand.document.spec.hosts.find((host) => host.role === "member");
  if (member === undefined) throw new Error("the stand has no member to send from");
  return member.name;
}

async function forEach<Value>(make: (family: "ipv4" | "ipv6") => Promise<Value>): Promise<OneOfEach<Value>> {
  const [ipv4, ipv6] = await Promise.all([make("ipv4"), make("ipv6")]);
  return { ipv4, ipv6 };
}

async function openFlows(stand: Stand, family: "ipv4" | "ipv6", options: TrafficOptions): Promise<TcpFlows> {
  const quarter = options.flows / 4;
  const flows = await TcpFlows.open({
    client: stand.place(memberOf(stand)),
    server: stand.place("internet"),
    address: internet[family],
    firstPort: ports[family] + 100,
    clientFirst: quarter,
    serverFirst: quarter,
    // Both families are opened at once.
    perSecond: 2000,
    maxMs: options.maxMs,
  });
  const { failed, opened } = flows.opened;
  if (opened !== 2 * quarter) {
    flows.abandon();
    throw new Error(`${family}: only ${opened} of ${2 * quarter} flows could be opened: ${JSON.stringify(failed)}`);
  }
  return flows;
}
