import type { CommandRunner, HostProblem } from "@rackway/linux";
import { problem } from "@rackway/linux";
import { serviceResourceIds } from "@rackway/pacemaker";
import type { HostState } from "@rackway/schema";
import { routerResourceIds } from "@rackway/schema";
import { areNameServersSilent, areTimeServersSilent } from "@rackway/services";

/** One service on this host, and whom it asks. */
interface Place {
  readonly code: "name-servers-silent" | "time-servers-silent";
  readonly of: string;
  readonly resource: string;
  readonly upstreams: readonly string[];
}

/** With NTS, a time server's first answers take some seconds. */
const firstAnswersMs = 15_000;

/** Name and time services on this host that go on with what they know, because no upstream has answered them for some time. */
export class SilentUpstreams {
  readonly #run: CommandRunner;
  /** By resource, since when it has been seen at each look. */
  #since: ReadonlyMap<string, number> = new Map();
  #problems: readonly HostProblem[] = [];

  constructor(run: CommandRunner) {
    this.#run = run;
  }

  get problems(): readonly HostProblem[] {
    return this.#problems;
  }

  async look(state: Pick<HostState, "pacemaker" | "host">, now: Date): Promise<void> {
    const places = placesOf(state);
    const answers = await Promise.all(places.map((place) => this.#isSilent(place)));
    const silent = places.filter((_, index) => answers[index]);
    const since = new Map(silent.map(({ resource }) => [resource, this.#since.get(resource) ?? now.getTime()]));
    this.#since = since;
    this.#problems = silent
      .filter(({ resource }) => now.getTime() - (since.get(resource) ?? 0) >= firstAnswersMs)
      .map(({ code, of, resource, upstreams }) => problem(code, { of, resource, upstreams: upstreams.join(", ") }));
  }

  #isSilent({ code, resource }: Place): Promise<boolean> {
    return code === "name-servers-silent" ? areNameServersSilent(this.#run, resource) : areTimeServersSilent(this.#run, resource);
  }
}

function placesOf({ pacemaker, host }: Pick<HostState, "pacemaker" | "host">): Place[] {
  const routers = (pacemaker?.routers ?? []).filter(({ controllers }) => controllers.includes(host.name));
  const all = [
    ...routers.map(({ name, dns, ntp }) => ({ of: `virtual router ${name}`, ids: routerResourceIds({ name }), dns, ntp })),
    ...(pacemaker?.services ?? []).map(({ name, dns, ntp }) => ({
      of: `service namespace ${name}`,
      ids: serviceResourceIds({ name }),
      dns,
      ntp,
    })),
  ];
  return all.flatMap(({ of, ids, dns, ntp }): Place[] => [
    ...(dns
      ? [{ code: "name-servers-silent" as const, of, resource: ids.dns, upstreams: dns.upstreams.map(({ address }) => address) }]
      : []),
    ...(ntp ? [{ code: "time-servers-silent" as const, of, resource: ids.ntp, upstreams: ntp.upstreams.map(({ server }) => server) }] : []),
  ]);
}
