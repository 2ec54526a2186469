import { describe, expect, it } from "vitest";

import { ntpQuestion, readNtpAnswer } from "./ntp.ts";

const cookie = Buffer.from("0102030405060708", "hex");

function answer({ leap = 0, mode = 4, stratum = 2, brings = cookie, reference = "GPS\0" } = {}): Buffer {
  const packet = Buffer.alloc(48);
  packet[0] = (leap << 6) | (4 << 3) | mode;
  packet[1] = stratum;
  packet.write(reference, 12, "latin1");
  brings.copy(packet, 24);
  return packet;
}

describe("an NTP server", () => {
  it("is asked as a client of version 4, with a time that nobody can guess", () => {
    const { packet, cookie: sent } = ntpQuestion();
    expect([packet.length, packet[0]]).toEqual([48, 0x23]);
    expect(packet.subarray(40).equals(sent)).toBe(true);
    expect(ntpQuestion().cookie.equals(sent)).toBe(false);
  });

  it("is well when it is synchronised, near enough to a clock", () => {
    expect(readNtpAnswer(answer(), cookie, 2)).toEqual({ isWell: true, reason: "stratum 2" });
    expect(readNtpAnswer(answer({ stratum: 3 }), cookie, 2)?.isWell).toBe(false);
    expect(readNtpAnswer(answer({ leap: 3 }), cookie, 15)?.isWell).toBe(false);
    expect(readNtpAnswer(answer({ stratum: 16 }), cookie, 15)?.isWell).toBe(false);
    expect(readNtpAnswer(answer({ stratum: 0, reference: "RATE" }), cookie, 15)?.reason).toBe("kiss-o'-death RATE");
  });

  it("is not heard where the answer is to another question, of another mode, or cut short", () => {
    expect(readNtpAnswer(answer({ brings: Buffer.alloc(8) }), cookie, 15)).toBeNull();
    expect(readNtpAnswer(answer({ mode: 3 }), cookie, 15)).toBeNull();
    expect(readNtpAnswer(answer().subarray(0, 47), cookie, 15)).toBeNull();
  });
});
