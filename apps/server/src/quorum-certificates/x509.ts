import type { KeyObject } from "node:crypto";
import { X509Certificate, createPrivateKey, createPublicKey, generateKeyPair } from "node:crypto";
import { promisify } from "node:util";

// Before the library, whose own parts find each other by it.
import "reflect-metadata";
import {
  BasicConstraintsExtension,
  X509Certificate as Certificate,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";

/** A host whose clock is wrong must still reach its quorum device, and nothing may end one day because nobody thought of it. */
const validity = { notBefore: new Date("2020-01-01T00:00:00Z"), notAfter: new Date("2120-01-01T00:00:00Z") };
const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

/**
 * A key and a certificate of itself: whoever trusts it trusts what it signs. PEM, in this order. `serial`: 16 random octets.
 */
export async function makeAuthority(commonName: string, serial: Uint8Array): Promise<string> {
  const key = await makeKey();
  const name = [{ CN: [commonName] }];
  const extensions = [
    new BasicConstraintsExtension(true, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
  ];
  const certificate = await X509CertificateGenerator.create({
    ...partsOf(key, serial),
    subject: name,
    issuer: name,
    signingKey: signing(key),
    extensions,
  });
  return pemOf(key) + pemOf(certificate);
}

/** A key, its certificate, and that of the authority which has signed it. PEM, in this order. `authority`: as `makeAuthority` gives it. */
export async function makeCredential(commonName: string, serial: Uint8Array, authority: string): Promise<string> {
  const key = await makeKey();
  const issuer = new Certificate(new X509Certificate(authority).raw);
  // Both ends of corosync-qdevice's TLS show theirs, and nothing is signed by them but handshakes.
  const extensions = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true),
  ];
  const certificate = await X509CertificateGenerator.create({
    ...partsOf(key, serial),
    subject: [{ CN: [commonName] }],
    issuer: issuer.subjectName,
    signingKey: signing(createPrivateKey(authority)),
    extensions,
  });
  return pemOf(key) + pemOf(certificate) + pemOf(issuer);
}

/** What corosync-qnetd-certutil(8) makes, too. */
async function makeKey(): Promise<KeyObject> {
  return (await promisify(generateKeyPair)("rsa", { modulusLength: 2048 })).privateKey;
}

function partsOf(key: KeyObject, serial: Uint8Array) {
  const publicKey = createPublicKey(key).export({ type: "spki", format: "der" });
  return { ...validity, publicKey, serialNumber: Buffer.from(serial).toString("hex") };
}

function signing(key: KeyObject) {
  return key.toCryptoKey(algorithm, false, ["sign"]);
}

function pemOf(part: KeyObject | Certificate): string {
  return part instanceof Certificate ? `${part.toString("pem").trim()}\n` : part.export({ type: "pkcs8", format: "pem" }).toString();
}
