import { isIP } from "node:net";
import type { External } from "./topology.ts";

/**
 * The servers of a host outside the racks, real ones: nginx with files to download, NSD with authority over `example.` and
 * `corp.example.`, chrony as a stratum-2 time server that never touches the machine's clock.
 */
export function renderExternalServices(host: External): Record<string, string> {
  const { http, dns, ntp } = host.services;
  const services = [
    "syslog",
    ...(http.length > 0 ? ["nginx"] : []),
    ...(dns.length > 0 ? ["nsd"] : []),
    ...(ntp.length > 0 ? ["chrony"] : []),
  ];
  return {
    services: services.map((service) => `${service}\n`).join(""),
    ...(http.length > 0 ? { "etc/nginx/nginx.conf": nginxConf(http) } : {}),
    ...(dns.length > 0 ? { "etc/nsd/nsd.conf": nsdConf(dns), ...zones(host) } : {}),
    ...(ntp.length > 0 ? { "etc/chrony/chrony.conf": chronyConf(ntp) } : {}),
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
${addresses.map((text) => `  ip-address: ${text}`).join("\n")}
  username: nsd
  pidfile: /run/nsd/nsd.pid
  database: ""
  zonesdir: /etc/nsd
  hide-version: yes
remote-control:
  control-enable: no
zone:
  name: example.
  zonefile: example.zone
zone:
  name: corp.example.
  zonefile: corp.example.zone
`;
}

function zones(host: External): Record<string, string> {
  const record = (name: string, addresses: string[]): string =>
    addresses.map((text) => `${name} ${isIP(text) === 6 ? "AAAA" : "A"} ${text}\n`).join("");
  const { http, dns, ntp } = host.services;
  const head = `$TTL 60\n@ SOA ns hostmaster 1 3600 600 86400 60\n@ NS ns\n${record("ns", dns)}`;
  return {
    "etc/nsd/example.zone": `${head}${record("www", http)}${record("ntp", ntp)}${record(host.name, host.addresses.slice(0, 2))}corp NS ns\n`,
    "etc/nsd/corp.example.zone": `${head}${record("intranet", http)}@ TXT "the lab's local domain"\n`,
  };
}

function chronyConf(addresses: string[]): string {
  return `${addresses.map((text) => `bindaddress ${text}`).join("\n")}
allow all
local stratum 2
driftfile /var/lib/chrony/drift
`;
}
