import { expect, it } from "vitest";

import { parseQuorum } from "./observe-quorum.ts";

const told = (quorate: "Yes" | "No", device: string): string => `Quorum information
------------------
Quorum provider:  corosync_votequorum
Nodes:            2
Node ID:          1
Ring ID:          1.8
Quorate:          ${quorate}

Votequorum information
----------------------
Expected votes:   3
Total votes:      3
Quorum:           2  
Flags:            Quorate Qdevice 

Membership information
----------------------
    Nodeid      Votes    Qdevice Name
         1          1    A,V,NMW ctl-a1 (local)
         2          1    A,V,NMW ctl-a2
${device}`;

it("reads quorum, members and whether a quorum device's vote counts here", () => {
  expect(parseQuorum(told("Yes", "         0          1            Qdevice\n"))).toEqual({
    quorate: true,
    reason: "",
    members: 2,
    hasDeviceVote: true,
  });
  expect(parseQuorum(told("No", "         0          0            Qdevice (votes 1)\n"))).toMatchObject({
    quorate: false,
    hasDeviceVote: false,
  });
  expect(parseQuorum(told("Yes", ""))).toMatchObject({ hasDeviceVote: null });
  expect(parseQuorum("Cannot initialize QUORUM service\n")).toBeNull();
});
