import { describe, expect, it } from "vitest";

import { parseServerAddress } from "./server-address.ts";

describe("parseServerAddress", () => {
  it.each([
    ["http://127.0.0.1:8080", { kind: "http", host: "127.0.0.1", port: 8080, basePath: "" }],
    ["http://rackway.example", { kind: "http", host: "rackway.example", port: 80 }],
    ["https://[2001:db8::1]/", { kind: "https", host: "2001:db8::1", port: 443, basePath: "" }],
    ["https://proxy.example/rackway/", { kind: "https", basePath: "/rackway", text: "https://proxy.example/rackway" }],
    ["unix:///run/rackway/server.sock", { kind: "unix", socketPath: "/run/rackway/server.sock" }],
  ])("reads %s", (text, address) => {
    expect(parseServerAddress(text)).toMatchObject(address);
  });

  it.each(["", "localhost:8080", "ftp://x", "unix://run/x", "http://", "http://x?a=1", "http://x#a"])("refuses %j", (text) => {
    expect(() => parseServerAddress(text)).toThrow(expect.objectContaining({ code: "server-address-invalid", exitCode: 2 }) as Error);
  });

  it("refuses a password, and does not repeat it", () => {
    expect(() => parseServerAddress("http://admin:hunter2@x")).toThrow(/must not carry/);
    expect(() => parseServerAddress("http://admin:hunter2@x")).not.toThrow(/hunter2/);
  });
});
