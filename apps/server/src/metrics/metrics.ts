import { setImmediate as others } from "node:timers/promises";

import type { FastifyReply, FastifyRequest } from "fastify";

import type { ControlPlane } from "../control-plane.ts";
import type { Observations } from "../observations.ts";
import { routerViews } from "../views.ts";
import { CertificateDates } from "./certificates.ts";
import { EventCounters } from "./event-counters.ts";
import { writeAddresses } from "./from-addresses.ts";
import { writeHosts } from "./from-hosts.ts";
import { writePacemaker, writeProblems, writeRevision, writeRouters, writeVips } from "./from-status.ts";
import { HttpRequests } from "./http-requests.ts";
import { Samples } from "./samples.ts";

export interface MetricSources {
  readonly plane: ControlPlane;
  readonly observations: Observations;
  readonly version: string;
}

const partSize = 100;

/** Ten thousand VIPs are eighty thousand lines: other requests are not kept waiting for all of them. */
async function inParts<Item>(items: readonly Item[], write: (part: Item[]) => void): Promise<void> {
  for (let start = 0; start < items.length; start += partSize) {
    write(items.slice(start, start + partSize));
    await others();
  }
}

/**
 * What Prometheus is told. All but the counters is read from the status of that moment, as `rackway status` reads it; so a metric and the
 * command line never say different things.
 */
export class Metrics {
  readonly #sources: MetricSources;
  readonly #requests = new HttpRequests();
  readonly #events: EventCounters;
  readonly #certificates: CertificateDates;
  readonly #startedAtSeconds: number;
  readonly #unlisten: () => void;

  /** Counts from now on; `stop` ends it. */
  constructor(sources: MetricSources) {
    const { plane } = sources;
    this.#sources = sources;
    this.#events = new EventCounters((host) => plane.view.flags.get(host)?.drained === true);
    this.#certificates = new CertificateDates(plane.store);
    this.#startedAtSeconds = plane.nowMs / 1000;
    this.#unlisten = plane.events.listen((event) => this.#events.note(event));
  }

  stop(): void {
    this.#unlisten();
  }

  noteRequest(request: FastifyRequest, reply: FastifyReply): void {
    this.#requests.note(request, reply);
  }

  /** In Prometheus' text format. */
  async render(): Promise<string> {
    const { plane, observations, version } = this.#sources;
    const samples = new Samples();
    const { view } = plane;
    const status = observations.status();
    samples.add("rackway_build_info", { version }, 1);
    writeRevision(samples, view);
    writeProblems(samples, status);
    this.#events.write(samples, view.current?.document ?? null);
    await inParts(status.hosts, (hosts) => writeHosts(samples, { hosts, routers: status.routers }, plane.reports.all));
    writePacemaker(samples, status, view);
    await this.#certificates.write(samples, view);
    writeRouters(samples, routerViews(view, status));
    await inParts(status.vips, (vips) => writeVips(samples, { vips }));
    writeAddresses(samples, view);
    this.#requests.write(samples);
    this.#writeProcess(samples);
    return samples.render();
  }

  #writeProcess(samples: Samples): void {
    const { user, system } = process.cpuUsage();
    samples.add("process_start_time_seconds", {}, this.#startedAtSeconds);
    samples.add("process_cpu_seconds_total", {}, (user + system) / 1e6);
    samples.add("process_resident_memory_bytes", {}, process.memoryUsage.rss());
  }
}
