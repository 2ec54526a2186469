import { X509Certificate, createPrivateKey, randomBytes } from "node:crypto";

import { describe, expect, it } from "vitest";

import { makeAuthority, makeCredential } from "./x509.ts";

/** One whose first bit is set: it must not become negative. */
const serials = [Buffer.alloc(16, 0xff), randomBytes(16)] as const;
const authority = await makeAuthority("QNet CA", serials[0]);
const own = await makeCredential("rackway-rack-a", serials[1], authority);

/** That NSS's tools take it, and that corosync-qnetd and corosync-qdevice talk with it, is held by tests/lab/two-controllers.lab.test.ts. */
describe("a credential of a quorum device", () => {
  it("is a key, its certificate and the authority's, and nothing of the authority's key", () => {
    expect(own.match(/^-----BEGIN [A-Z ]+-----$/gm)).toEqual([
      "-----BEGIN PRIVATE KEY-----",
      "-----BEGIN CERTIFICATE-----",
      "-----BEGIN CERTIFICATE-----",
    ]);
    expect(own.endsWith(authority.slice(authority.indexOf("-----BEGIN CERTIFICATE-----")))).toBe(true);
  });

  it("is signed by the authority, for a hundred years", () => {
    const [issuer, leaf] = [new X509Certificate(authority), new X509Certificate(own)];
    expect([issuer.subject, issuer.issuer, issuer.ca]).toEqual(["CN=QNet CA", "CN=QNet CA", true]);
    expect([leaf.subject, leaf.issuer, leaf.ca]).toEqual(["CN=rackway-rack-a", "CN=QNet CA", false]);
    expect([issuer.verify(issuer.publicKey), leaf.checkIssued(issuer), leaf.verify(issuer.publicKey)]).toEqual([true, true, true]);
    expect(leaf.checkPrivateKey(createPrivateKey(own))).toBe(true);
    expect([leaf.validFromDate, leaf.validToDate]).toEqual([new Date("2020-01-01T00:00:00Z"), new Date("2120-01-01T00:00:00Z")]);
    expect(leaf.publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
    expect([issuer, leaf].map(({ serialNumber }) => BigInt(`0x${serialNumber}`))).toEqual(
      serials.map((serial) => BigInt(`0x${serial.toString("hex")}`)),
    );
  });
});
