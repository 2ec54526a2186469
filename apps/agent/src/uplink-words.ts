import type { HostProblem } from "@rackway/linux";
import { problem } from "@rackway/linux";
import type { UplinkLack } from "@rackway/pacemaker";

/** What is wrong with a router's link, as status and events say it. */
export function uplinkWords(lack: UplinkLack): string {
  return lack.kind === "no-carrier"
    ? `${lack.link} has no carrier (${lack.bridge}, for ${lack.router})`
    : `${lack.link} gateway ${lack.address} does not answer ${lack.router}`;
}

export function uplinkBackWords(lack: UplinkLack): string {
  return lack.kind === "no-carrier"
    ? `${lack.link} has carrier again (${lack.bridge}, for ${lack.router})`
    : `${lack.link} gateway ${lack.address} answers ${lack.router} again`;
}

export function uplinkProblems(lacks: readonly UplinkLack[]): HostProblem[] {
  return lacks.map((lack) => problem("uplink-lost", { lack: uplinkWords(lack) }));
}
