/** Upstreams as an operator types them, and as the document has them. What is wrong with one is the server's to say, in a file's words. */
export type Upstream = string | Readonly<Record<string, string | number | boolean>>;

/**
 * A name server: an address, or `tls://ADDRESS[:PORT]#NAME` for DNS over TLS (RFC 7858), as systemd-resolved writes server and name; an IPv6
 * address with a port is in brackets.
 */
export function readDnsUpstream(text: string): Upstream {
  const server = /^tls:\/\/(.*)$/s.exec(text)?.[1];
  if (server === undefined) return text;
  const [where = "", ...name] = server.split("#");
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/s.exec(where) ?? [];
  // Two colons and no brackets: an IPv6 address, whose last group is no port.
  const isBare = bracketed === undefined && where.indexOf(":") !== where.lastIndexOf(":");
  const address = isBare ? where : (bracketed ?? plain ?? where);
  return {
    address,
    ...(name.length === 0 ? {} : { tls: name.join("#") }),
    ...(isBare || port === undefined ? {} : { port: /^\d{1,9}$/.test(port) ? Number(port) : port }),
  };
}

/** A time server: an address or a name, or `nts://NAME` for authenticated time (RFC 8915). */
export function readNtpUpstream(text: string): Upstream {
  const server = /^nts:\/\/(.*)$/s.exec(text)?.[1];
  return server === undefined ? text : { server, nts: true };
}
