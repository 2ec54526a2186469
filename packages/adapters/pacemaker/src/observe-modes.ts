import { DOMParser, type Element } from "@xmldom/xmldom";

/** What an operator, or Pacemaker itself, has switched off: of `crm_mon --output-as=xml` (crm_mon(8)). */
export interface PacemakerModes {
  /** Of the whole cluster: nothing is started, stopped or watched. */
  readonly maintenance: boolean;
  /** `stop-all-resources` is set. */
  readonly stopsAll: boolean;
  /** Each node with what is unusual about it, in Pacemaker's words; none: it is simply online. */
  readonly nodes: readonly { readonly name: string; readonly states: readonly string[] }[];
  /** Resources that Pacemaker does not manage, without those of a cluster in maintenance. */
  readonly unmanaged: readonly string[];
  /** Resources that have failed so that Pacemaker cannot go on without an operator, with the hosts where they are. */
  readonly blocked: readonly { readonly resource: string; readonly hosts: readonly string[] }[];
}

/** Pure. */
export function parseModes(xml: string): PacemakerModes {
  const document = new DOMParser().parseFromString(xml, "text/xml");
  const all = (tag: string): Element[] => Array.from(document.getElementsByTagName(tag));
  const isTrue = (element: Element | undefined, name: string): boolean => element?.getAttribute(name) === "true";
  const [options] = all("cluster_options");
  const maintenance = isTrue(options, "maintenance-mode");
  const resources = all("resource").filter((element) => element.hasAttribute("role"));
  const id = (element: Element): string => (element.getAttribute("id") ?? "").split(":")[0] ?? "";
  const blocked = Map.groupBy(
    resources.filter((element) => isTrue(element, "blocked")),
    id,
  );
  return {
    maintenance,
    stopsAll: isTrue(options, "stop-all-resources"),
    nodes: all("nodes")
      .flatMap((nodes) => Array.from(nodes.getElementsByTagName("node")))
      .map((node) => ({ name: node.getAttribute("name") ?? "", states: statesOf(node, maintenance) })),
    unmanaged: maintenance ? [] : [...new Set(resources.filter((element) => element.getAttribute("managed") === "false").map(id))],
    blocked: [...blocked].map(([resource, elements]) => ({ resource, hosts: elements.flatMap(nodesOf) })),
  };
}

function statesOf(node: Element, isAllInMaintenance: boolean): string[] {
  const is = (name: string): boolean => node.getAttribute(name) === "true";
  return [
    ...(is("online") ? [] : ["offline"]),
    ...(is("unclean") ? ["unclean"] : []),
    ...(is("standby") || is("standby_onfail") ? ["standby"] : []),
    ...(is("maintenance") && !isAllInMaintenance ? ["maintenance"] : []),
    ...(is("pending") ? ["pending"] : []),
  ];
}

function nodesOf(element: Element): string[] {
  return Array.from(element.getElementsByTagName("node")).map((node) => node.getAttribute("name") ?? "");
}
