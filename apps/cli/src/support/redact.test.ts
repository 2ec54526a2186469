import { generateKeyPairSync } from "node:crypto";

import { describe, expect, it, test } from "vitest";

import { redact } from "./redact.ts";

const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();

describe("redact cuts out", () => {
  test.each([
    ["a token of Rackway's", "tried rackway-admin-abcdefghijklmnopqrstuvwxyz012345 by hand", "tried [secret] by hand"],
    ["a header", "authorization: Bearer abc.def-ghi", "authorization: Bearer [secret]"],
    ["a password in an address", "https://bob:hunter2@bmc.example/", "https://bob:[secret]@bmc.example/"],
    ["an assignment", "ipmilan password=hunter2, retry", "ipmilan password=[secret], retry"],
    ["one in quotes", "passwd: 'hunter 2' bad", "passwd: '[secret]' bad"],
    ["FRR's key", "ip ospf message-digest-key 1 md5 hunter2", "ip ospf message-digest-key 1 md5 [secret]"],
  ])("%s", (_, text, clean) => {
    expect(redact(text)).toBe(clean);
  });

  it("a private key, as it is, in JSON, and without its end; certificates stay", () => {
    const body = key.split("\n")[1] ?? "";
    expect(redact(key)).not.toContain(body);
    expect(redact(JSON.stringify({ reason: key }))).toBe('{"reason":"[secret]\\n"}');
    expect(redact(key.slice(0, 100))).not.toContain(body.slice(0, 20));
    expect(redact("-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----")).toContain("MII");
  });

  it("what is known, also one that is part of another, and as JSON writes it", () => {
    expect(redact(JSON.stringify({ a: 'x se"cret y', b: "se" }), ['se"cret', "se"])).toBe('{"a":"x [secret] y","b":"[secret]"}');
  });
});

describe("redact leaves", () => {
  test.each([
    "hasToken: true",
    '{"hasToken":true,"token":1000}',
    "the token is refused: see security.md",
    "a key of Corosync's",
    "secret: yes",
  ])("%s", (text) => {
    expect(redact(text)).toBe(text);
  });

  it("JSON that can be read", () => {
    const thing = { reason: 'fence: password="a b" and token=abc', list: ["secret=x"] };
    expect(JSON.parse(redact(JSON.stringify(thing)))).toEqual({
      reason: 'fence: password="[secret]" and token=[secret]',
      list: ["secret=[secret]"],
    });
  });
});
