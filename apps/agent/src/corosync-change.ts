/**
 * What a new corosync.conf asks of a running Corosync: nothing, a reload (`corosync-cfgtool -R`), or a restart (corosync.conf(5) tells
 * which values are read only once). Works on the text, so it also understands a file that an older version of ours wrote.
 */
export type CorosyncChange =
  { readonly kind: "none" } | { readonly kind: "reload" } | { readonly kind: "restart"; readonly changes: readonly string[] };

/** Read again by a reload, for every host; anything else is not. */
const reloadable = [
  /^totem\.(token|token_coefficient|token_retransmits_before_loss_const|consensus|join|hold|fail_recv_const)$/,
  /^totem\.interface\.(knet_ping_interval|knet_ping_timeout|knet_pong_count)$/,
  /^quorum\.(two_node|expected_votes|wait_for_all)$/,
  // By Corosync; a running corosync-qdevice reads it only when it starts.
  /^quorum\.device\./,
  /^logging\./,
  /^nodelist\./,
];

/** `host`: the one that this is. Its own entry in the list of nodes is read only at start. */
export function classifyCorosyncChange(before: string, after: string, host: string): CorosyncChange {
  const [from, to] = [readSettings(before), readSettings(after)];
  const changed = [...new Set([...from.keys(), ...to.keys()])].filter((key) => from.get(key) !== to.get(key));
  if (changed.length === 0) return { kind: "none" };
  const own = `nodelist.${host}.`;
  const wasThere = [...from.keys()].some((key) => key.startsWith(own));
  const needsRestart = changed.filter((key) => (key.startsWith(own) && wasThere) || !reloadable.some((pattern) => pattern.test(key)));
  return needsRestart.length === 0 ? { kind: "reload" } : { kind: "restart", changes: needsRestart.toSorted() };
}

/** True where who has a vote, or how many are needed, is another: `corosync-cfgtool -R` counts anew at once. */
export function changesQuorum(before: string, after: string): boolean {
  const [from, to] = [readSettings(before), readSettings(after)];
  return [...new Set([...from.keys(), ...to.keys()])].some((key) => key.startsWith("quorum.") && from.get(key) !== to.get(key));
}

/** `section.key` to value; nodes by their name (`nodelist.ctl-a1.ring0_addr`), interfaces without their number. */
export function readSettings(text: string): Map<string, string> {
  const settings = new Map<string, string>();
  const open: string[] = [];
  let node = new Map<string, string>();
  for (const line of text.split("\n").map((raw) => raw.trim())) {
    if (line === "" || line.startsWith("#")) continue;
    if (line.endsWith("{")) {
      open.push(line.slice(0, -1).trim());
      node = new Map();
    } else if (line === "}") {
      if (open.join(".") === "nodelist.node") {
        const name = node.get("name") ?? node.get("nodeid") ?? "?";
        for (const [key, value] of node) settings.set(`nodelist.${name}.${key}`, value);
      }
      open.pop();
    } else {
      const colon = line.indexOf(":");
      const [key, value] = [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
      if (open.join(".") === "nodelist.node") node.set(key, value);
      else settings.set([...open, key].join("."), value);
    }
  }
  return settings;
}
