import { rackwayError } from "@rackway/errors";

/** Where a server listens. */
export type ServerAddress =
  | { readonly kind: "http" | "https"; readonly host: string; readonly port: number; readonly basePath: string; readonly text: string }
  | { readonly kind: "unix"; readonly socketPath: string; readonly text: string };

const defaultPorts = { http: 80, https: 443 } as const;

/**
 * Reads `http://HOST:PORT[/PREFIX]`, `https://…` or `unix:///PATH`.
 * Throws `server-address-invalid`: the address comes from a flag, an environment variable or a file, so it is an operator's to mend.
 */
export function parseServerAddress(text: string): ServerAddress {
  if (text.startsWith("unix://")) {
    const socketPath = text.slice("unix://".length);
    if (!socketPath.startsWith("/")) throw invalid(text, "a Unix socket needs an absolute path");
    return { kind: "unix", socketPath, text };
  }
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw invalid(text, "it is not a URL");
  }
  if (url.username !== "" || url.password !== "")
    throw invalid(`${url.protocol}//…@${url.host}`, "it must not carry a user name or password");
  if (url.search !== "" || url.hash !== "") throw invalid(text, "it must not carry a query or a fragment");
  const kind = url.protocol.slice(0, -1);
  if (kind !== "http" && kind !== "https") throw invalid(text, `the scheme ${kind} is not spoken`);
  return {
    kind,
    // WHATWG URLs keep the brackets of an IPv6 host; sockets want it bare.
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? defaultPorts[kind] : Number(url.port),
    basePath: url.pathname.replace(/\/+$/, ""),
    text: text.replace(/\/+$/, ""),
  };
}

function invalid(address: string, reason: string): Error {
  return rackwayError("server-address-invalid", { address, reason });
}
