import type { FailoverNamespace, HostState, PacemakerState } from "@rackway/schema";

/** The failover VIPs that a host may hold, by namespace; nothing where there are none. */
export function failoverOf(host: string, services: PacemakerState["services"]): Pick<HostState, "failover"> {
  const failover = services.flatMap(({ name, netns, index, networks = [], sets }): FailoverNamespace[] => {
    const mine = sets.filter(({ mode, controllers }) => mode === "failover" && controllers.includes(host));
    const vips = mine.flatMap(({ rack, vips: members }) =>
      members.flatMap((vip) => {
        const device = networks.find((each) => each.rack === rack && each.network === vip.network)?.inside;
        return device === undefined ? [] : vip.addresses.map((address) => ({ name: vip.name, ...address, device }));
      }),
    );
    return vips.length === 0 ? [] : [{ name, netns, index, vips }];
  });
  return failover.length === 0 ? {} : { failover };
}
