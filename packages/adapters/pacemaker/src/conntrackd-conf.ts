import type { RouterState } from "@rackway/schema";
import { syncPort } from "./router-ruleset.ts";
import { routerWayOut } from "./way-out.ts";

/**
 * Renders conntrackd.conf(5) for a router's namespace. `@STATE@` stands for the folder of the lock and the control socket.
 *
 * NOTRACK mode over multicast on the router's own synchronisation link: one sender, any number of standbys, states written straight into
 * the standbys' kernels. FTFW is a protocol between two hosts. The internal cache stays on: it is what filters a bulk
 * transfer, so that a standby's own way out is never sent to others.
 */
export function renderConntrackdConf(router: RouterState): string {
  const wayOut = routerWayOut(router);
  return `# ${"Managed by Rackway (ocf:rackway:conntrackd)."}
General {
  Systemd off
  HashSize 65536
  HashLimit 524288
  Syslog off
  LogFile off
  LockFile @STATE@/conntrackd.lock
  UNIX {
    Path @STATE@/conntrackd.ctl
  }
  NetlinkBufferSize 8388608
  NetlinkBufferSizeMaxGrowth 67108864
  Filter From Userspace {
    Protocol Accept {
      TCP
      UDP
      ICMP
      IPv6-ICMP
    }
    Address Ignore {
      IPv4_address 127.0.0.1
      IPv4_address ${wayOut.netnsIpv4}
      IPv6_address ::1
      IPv6_address ${wayOut.netnsIpv6}
    }
  }
}
Sync {
  Mode NOTRACK {
    DisableExternalCache On
    StartupResync Yes
  }
  Multicast {
    IPv6_address ff02::1:${syncPort}
    Group ${syncPort}
    Interface sync
    SndSocketBuffer 8388608
    RcvSocketBuffer 16777216
    Checksum on
  }
}
`;
}
