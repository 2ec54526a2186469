import type { NameServer, TimeServer } from "@rackway/services";
import { peerAddress, peerPrefix, probeName, renderChronyConf, renderNames, renderTimeSources, renderUnboundConf } from "@rackway/services";

import type { Operation, Primitive } from "./resource.ts";
import { asLines, asOneLine, cloneMeta, monitor, startStop } from "./resource-parts.ts";
import type { WayOut } from "./way-out.ts";
import { renderWayOutRuleset, wayOutParameters } from "./way-out.ts";

/** Name and time service of a namespace, and their way to upstreams: a router's, or that of service VIPs. */
interface Place {
  readonly id: string;
  readonly netns: string;
  readonly operations: readonly Operation[];
}

export function namePrimitive({ id, netns, operations }: Place, server: NameServer): Primitive {
  return {
    id,
    agent: "ocf:rackway:dns",
    parameters: {
      netns,
      config: asLines(renderUnboundConf(server)),
      domain: server.domain,
      names: asLines(renderNames(server)),
      probe: `${probeName}.${server.domain}`,
    },
    meta: cloneMeta,
    operations: [...operations],
  };
}

/** `hasNames`: a name is asked of who serves names beside it. */
export function timePrimitive({ id, netns, operations }: Place, server: TimeServer, hasNames: boolean): Primitive {
  return {
    id,
    agent: "ocf:rackway:ntp",
    parameters: {
      netns,
      config: asLines(renderChronyConf(server)),
      sources: asLines(renderTimeSources(server)),
      clients: [...server.clients, ...(server.peers.length === 0 ? [] : [peerPrefix(server)])].join(" "),
      peers: server.peers.map(({ host, nodeId }) => `${host} ${peerAddress(server, nodeId)}/64`).join(";"),
      resolver: hasNames ? "127.0.0.1" : "",
    },
    meta: cloneMeta,
    operations: [...operations],
  };
}

export function wayOutPrimitive(
  id: string,
  netns: string,
  way: WayOut,
  { gateways, sourceTable }: { readonly gateways: string; readonly sourceTable?: number },
): Primitive {
  const { table, ...addresses } = wayOutParameters(way);
  return {
    id,
    agent: "ocf:rackway:wayout",
    parameters: {
      netns,
      ...addresses,
      gateways,
      ...(sourceTable === undefined ? {} : { source_table: String(sourceTable) }),
      table,
      ruleset: asOneLine(renderWayOutRuleset(way)),
    },
    meta: cloneMeta,
    operations: [...startStop, monitor(10_000)],
  };
}
