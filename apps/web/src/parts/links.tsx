import { Link } from "wouter";

/** Names are links wherever they stand. */
export const hostPath = (name: string): string => `/hosts/${encodeURIComponent(name)}`;
export const routerPath = (name: string): string => `/routers/${encodeURIComponent(name)}`;
export const vipPath = (name: string): string => `/vips/${name.split("/").map(encodeURIComponent).join("/")}`;
export const changePath = (revision: number): string => `/changes/${revision}`;

export function HostLink({ name }: { readonly name: string }) {
  return <Link to={hostPath(name)}>{name}</Link>;
}

/** Null: no host, or nobody knows. */
export function HostOrNobody({ name, nobody = "nobody" }: { readonly name: string | null; readonly nobody?: string }) {
  return name === null ? <strong>{nobody}</strong> : <HostLink name={name} />;
}

export function HostLinks({ names, none = "–" }: { readonly names: readonly string[]; readonly none?: string }) {
  if (names.length === 0) return none;
  return names.map((name, index) => (
    <span key={name}>
      {index > 0 ? ", " : ""}
      <HostLink name={name} />
    </span>
  ));
}

export function RouterLink({ name }: { readonly name: string }) {
  return <Link to={routerPath(name)}>{name}</Link>;
}

export function VipLink({ name }: { readonly name: string }) {
  return <Link to={vipPath(name)}>{name}</Link>;
}

/** `router/vr-a`, `vip/web`, `host/ctl-a1`, `revision/7`, of an event or a problem; what has no page stays text. */
export function SubjectLink({ subject }: { readonly subject: string }) {
  const to = subjectPath(subject);
  return to === null ? <span>{subject}</span> : <Link to={to}>{subject}</Link>;
}

export function subjectPath(subject: string): string | null {
  const slash = subject.indexOf("/");
  const [kind, name] = [subject.slice(0, slash), subject.slice(slash + 1)];
  if (slash < 1 || name === "") return null;
  if (kind === "host") return hostPath(name);
  if (kind === "router") return routerPath(name);
  if (kind === "vip") return vipPath(name);
  if (kind === "revision" && /^\d+$/.test(name)) return changePath(Number(name));
  return null;
}
