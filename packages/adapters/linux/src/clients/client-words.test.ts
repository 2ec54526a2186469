import { expect, test } from "vitest";

import { parseSources, sourceFolders } from "./chrony-words.ts";
import { mountPoints } from "./path-sight.ts";
import { keptLines, nameserversIn } from "./resolv-conf.ts";

test("chronyd's folders of sources are those of its sourcedir lines, in any case of letters, and not of comments", () => {
  const text = "# sourcedir /etc/a\nSourceDir /etc/chrony/sources.d /etc/b\n! sourcedir /etc/c\npool x iburst\n";
  expect(sourceFolders(text)).toEqual(["/etc/chrony/sources.d", "/etc/b"]);
});

test("a source has answered when one of its last eight answers came", () => {
  const text = "^,*,10.10.1.100,3,4,377,5,-0.000012345,-0.002500000,0.000023\n^,?,fd00:10:1::100,0,4,0,4294967295,0.0,0.0,0.0\n";
  expect(parseSources(text)).toEqual([
    { address: "10.10.1.100", standing: "*", answers: true, offsetMs: -2.5 },
    { address: "fd00:10:1::100", standing: "?", answers: false, offsetMs: 0 },
  ]);
});

test("of a host's own resolv.conf what is no name server is kept, but for trust in the old one", () => {
  const text =
    "; c\n domain x.example\nsearch a.example  b.example\nnameserver 192.0.2.1\noptions trust-ad\noptions edns0 trust-ad ndots:2\nsortlist 10.0.0.0\n";
  expect(keptLines(text)).toEqual(["search a.example b.example", "options edns0 ndots:2", "sortlist 10.0.0.0"]);
  expect(nameserversIn("nameserver\t192.0.2.1\n#nameserver 192.0.2.2\nnameserver fe80::1%eth0 \n")).toEqual(["192.0.2.1", "fe80::1%eth0"]);
});

test("a mount point's blanks are octal in the kernel's list", () => {
  expect(
    mountPoints("36 35 98:0 /mnt1 /etc/resolv.conf rw,noatime - ext4 /dev/sda rw\n37 35 98:0 / /mnt/a\\040b rw - ext4 x rw\n"),
  ).toEqual(["/etc/resolv.conf", "/mnt/a b"]);
});
