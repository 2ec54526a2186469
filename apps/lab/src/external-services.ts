import { isIP } from "node:net";
import type { External } from "./topology.ts";

/**
 * The servers of a host outside the racks, real ones: nginx with files to download, NSD with authority over `example.` and
 * `corp.example.`, over TLS as well, chrony as a stratum-2 time server that never touches the machine's clock, and is ahead of it, with NTS.
 *
 * Their certificate is of `ns.example` and `ntp.example`, by an authority of the host's own (guest/lab-authority); `signed.example.` is signed, and
 * so is `bogus.example.`, in which a record was changed afterwards (guest/sign-zones, whose `anchors` say by which keys).
 */
export function renderExternalServices(host: External): Record<string, string> {
  const { http, dns, ntp } = host.services;
  const services = [
    "syslog",
    ...(http.length > 0 ? ["nginx"] : []),
    ...(dns.length > 0 ? ["nsd"] : []),
    ...(ntp.length > 0 ? ["chrony-reference", "chrony"] : []),
  ];
  return {
    services: services.map((service) => `${service}\n`).join(""),
    ...(http.length > 0 ? { "etc/nginx/nginx.conf": nginxConf(http) } : {}),
    ...(dns.length > 0 ? { "etc/nsd/nsd.conf": nsdConf(dns), ...zones(host) } : {}),
    ...(ntp.length > 0 ? { "etc/chrony/chrony.conf": chronyConf(ntp), "etc/chrony/reference.conf": referenceConf } : {}),
  };
}

/** `/files/random-64m.bin` and its `.sha256`; `?rate=1m` slows a download down; `/ip` answers with the client's address. */
function nginxConf(addresses: string[]): string {
  const listen = addresses.map((text) => `    listen ${isIP(text) === 6 ? `[${text}]` : text}:80;`).join("\n");
  return `worker_processes 1;
pid /run/nginx/nginx.pid;
error_log stderr;
events { worker_connections 8192; }
http {
  access_log off;
  default_type application/octet-stream;
  keepalive_timeout 300s;
  map $arg_rate $rate { default $arg_rate; "" 0; }
  server {
${listen}
    location = / { default_type text/plain; return 200 "the internet host of the lab\\n"; }
    location = /ip { default_type text/plain; return 200 "$remote_addr\\n"; }
    location /files/ { alias /srv/rackway-lab/; autoindex on; limit_rate $rate; }
  }
}
`;
}

function nsdConf(addresses: string[]): string {
  return `server:
${addresses.flatMap((text) => [`  ip-address: ${text}`, `  ip-address: ${text}@853`]).join("\n")}
  tls-port: 853
  tls-service-key: ${authority}/server.key
  tls-service-pem: ${authority}/server.pem
  username: nsd
  pidfile: /run/nsd/nsd.pid
  database: ""
  zonesdir: /etc/nsd
  hide-version: yes
remote-control:
  control-enable: no
${zoneFiles.map(([name, file]) => `zone:\n  name: ${name}.\n  zonefile: ${file}\n`).join("")}`;
}

const zoneFiles = [
  ["example", "example.zone"],
  ["corp.example", "corp.example.zone"],
  ["signed.example", "signed.example.zone.signed"],
  ["bogus.example", "bogus.example.zone.signed"],
] as const;

function zones(host: External): Record<string, string> {
  const record = (name: string, addresses: string[]): string =>
    addresses.map((text) => `${name} ${isIP(text) === 6 ? "AAAA" : "A"} ${text}\n`).join("");
  const { http, dns, ntp } = host.services;
  const head = `$TTL 60\n@ SOA ns hostmaster 1 3600 600 86400 60\n@ NS ns\n${record("ns", dns)}`;
  const signed = `${head}${record("www", http)}`;
  return {
    "etc/nsd/signed.example.zone": signed,
    "etc/nsd/bogus.example.zone": signed,
    "etc/nsd/example.zone": `${head}${record("www", http)}${record("ntp", ntp)}${record(host.name, host.addresses.slice(0, 2))}brief 2 A ${http[0] ?? dns[0]}\n${["corp", "signed", "bogus"].map((name) => `${name} NS ns\n`).join("")}`,
    "etc/nsd/corp.example.zone": `${head}${record("intranet", http)}@ TXT "the lab's local domain"\n`,
  };
}

/** How far the internet's time is ahead of the kernel's, which all of the lab shares: who follows it can be told from who does not. */
export const timeOffsetSeconds = 3;
const referencePort = 11123;

/** Where guest/lab-authority puts its certificate (`ca.pem`), and the servers' with its key. */
const authority = "/etc/ssl/lab";

const referenceConf = `port ${referencePort}
bindaddress 127.0.0.1
allow 127.0.0.1
local stratum 1
cmdport 0
bindcmdaddress /run/chrony-reference/control
pidfile /run/chrony-reference/pid
`;

function chronyConf(addresses: string[]): string {
  return `${addresses.map((text) => `bindaddress ${text}`).join("\n")}
allow all
server 127.0.0.1 port ${referencePort} iburst minpoll 0 maxpoll 2 offset ${timeOffsetSeconds}
cmdport 0
driftfile /var/lib/chrony/drift
ntsserverkey ${authority}/server.key
ntsservercert ${authority}/server.pem
ntsdumpdir /var/lib/chrony
`;
}
