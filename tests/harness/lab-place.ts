import type { Lab } from "@rackway/lab";
import type { Place } from "./place.ts";

/** A lab host as a place for the instruments. The host is looked up at each start, so it may have been off and on in between. */
export function labPlace(lab: Lab, host: string): Place {
  return { name: host, wrap: (argv) => lab.commandIn(host, argv) };
}

/** The network of a lab host, and the machine's own files: for tools that the machine has and the lab's Debian root has not. */
export function labNetworkPlace(lab: Lab, host: string): Place {
  return { name: host, wrap: (argv) => ["nsenter", "--target", String(lab.initPid(host)), "--net", "--", ...argv] };
}

/** `place` with the lab's Debian root as its file system, for tools that the machine does not have; /tmp stays the machine's. */
export function rootedPlace(place: Place, root: string): Place {
  const script = 'root=$1; shift; mount --bind /tmp "$root/tmp" && mount -t proc proc "$root/proc" && exec chroot "$root" "$@"';
  return { name: place.name, wrap: (argv) => place.wrap(["unshare", "--mount", "sh", "-c", script, "sh", root, ...argv]) };
}
