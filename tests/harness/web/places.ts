/** Every page of the UI, for what must hold on each: no axe violation, no console error, a screenshot that one can be proud of. */
export const places = [
  { name: "topology", path: "/", settled: "Who carries what" },
  { name: "routers", path: "/routers", settled: "vr-a" },
  { name: "router", path: "/routers/vr-a", settled: "As the document says" },
  { name: "vips", path: "/vips", settled: "registry" },
  { name: "vip", path: "/vips/api", settled: "If a host goes now" },
  { name: "router-vip", path: "/vips/vr-a/public", settled: "If a host goes now" },
  { name: "hosts", path: "/hosts", settled: "node-b1" },
  { name: "host", path: "/hosts/ctl-a1", settled: "As the document says" },
  { name: "events", path: "/events", settled: "router-active" },
  { name: "changes", path: "/changes", settled: "second name server" },
  { name: "change", path: "/changes/2", settled: "In the document" },
  { name: "edit", path: "/changes/edit", settled: "Show what it would change" },
  { name: "nowhere", path: "/no/such/page", settled: "There is no such page" },
] as const;
