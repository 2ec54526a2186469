# What the ocf:rackway:* agents share. POSIX sh (dash): an agent costs a few milliseconds, not the 40 that
# ocf-shellfuncs costs. OCF Resource Agent API 1.1.
#
# Rules that every agent keeps:
# - all that it needs is in its parameters; it asks no Rackway process for anything;
# - start and stop converge by difference from any half-built state; monitor changes nothing;
# - what it makes is marked (interface alias rackway:…, route protocol 82, tables rackway*), so that it can be told from the operator's.

OCF_SUCCESS=0
OCF_ERR_GENERIC=1
OCF_ERR_ARGS=2
OCF_ERR_UNIMPLEMENTED=3
OCF_ERR_INSTALLED=5
OCF_ERR_CONFIGURED=6
OCF_NOT_RUNNING=7
# It runs, and something is amiss that a restart does not mend: shown, and not acted upon (OCF 1.1).
OCF_DEGRADED=190

PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH
LC_ALL=C
export LC_ALL

instance=${OCF_RESOURCE_INSTANCE:-rackway}
instance=${instance%%:*}
# One folder for each resource; /run does not outlive the host, and neither does what it describes.
state_dir=/run/rackway/$instance

say() { echo "$__OCF_ACTION: $*" >&2; }
fail() { # CODE TEXT…
  code=$1
  shift
  echo "$__OCF_ACTION: $*" >&2
  # Shown by crm_mon beside the failure (OCF 1.1).
  echo "ocf-exit-reason:$*" >&2
  exit "$code"
}

# A list in a parameter is separated by semicolons: Pacemaker 2.1.5 hands a line break on as the two characters \n. Result in $lines.
to_lines() {
  lines=
  rest=$1
  while :; do
    case $rest in
      *';'*)
        lines="$lines${rest%%;*}
"
        rest=${rest#*;}
        ;;
      *)
        lines="$lines$rest"
        return 0
        ;;
    esac
  done
}

need() { # TOOL…
  for tool; do
    command -v "$tool" >/dev/null 2>&1 || fail $OCF_ERR_INSTALLED "$tool is not installed"
  done
}

# A namespace's name becomes a path: letters, digits, dot, dash and underscore only.
check_netns_name() {
  case $1 in
    '' | *[!A-Za-z0-9._-]* | .*) fail $OCF_ERR_CONFIGURED "netns: '$1' is not a name of a network namespace" ;;
  esac
}

check_interface_name() {
  case $1 in
    '' | *[!A-Za-z0-9._-]*) fail $OCF_ERR_CONFIGURED "'$1' is not a name of an interface" ;;
  esac
  [ ${#1} -le 15 ] || fail $OCF_ERR_CONFIGURED "'$1' is longer than the 15 characters that an interface name may have"
}

in_netns() { # NETNS COMMAND…: /sys and mounts stay the host's
  n=$1
  shift
  nsenter --net="/run/netns/$n" -- "$@"
}

# True when the namespace is there and can be entered: a left-over file in /run/netns is not a namespace.
netns_usable() { nsenter --net="/run/netns/$1" -- true 2>/dev/null; }

prepare_state_dir() {
  [ -d "$state_dir" ] && return 0
  mkdir -p -m 0755 "$state_dir" || fail $OCF_ERR_GENERIC "cannot make $state_dir"
}

# Words that come right before a daemon which Debian confines (AppArmor) to the folders of its own service: ours has its files in the folder of its
# resource, and another configuration. They are for the very next program alone: what that one executes gets the profile of its path again.
unconfined() {
  # Its size is always 0: it must be read.
  command -v aa-exec >/dev/null 2>&1 && read -r _ 2>/dev/null </sys/kernel/security/apparmor/profiles && echo "aa-exec -p unconfined --"
  return 0
}

mark_started() { prepare_state_dir && : >"$state_dir/started"; }
is_marked_started() { [ -e "$state_dir/started" ]; }
clear_state() { rm -rf "$state_dir"; }

# A change that cannot be carried out leaves alone what runs and answers; each monitor says so until a start finds it right. In a folder that takes
# no more text, the file is there all the same, and empty.
note_refusal() { # REASON
  printf '%.300s\n' "$1" 2>/dev/null >"$state_dir/refused"
  return 0
}
print_refusal() {
  [ -e "$state_dir/refused" ] || return 1
  reason=
  read -r reason 2>/dev/null <"$state_dir/refused"
  echo "${reason:-cannot write to $state_dir}"
}

# PID of FILE if that process lives and was started by us: its command line holds WORD. A PID alone proves nothing.
own_pid() { # PIDFILE WORD
  [ -r "$1" ] || return 1
  read -r pid <"$1" 2>/dev/null || return 1
  case $pid in '' | *[!0-9]*) return 1 ;; esac
  [ -r "/proc/$pid/cmdline" ] || return 1
  tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF -- "$2" || return 1
  echo "$pid"
}

# Not of one that has ended and that nobody has asked about: a container's first process may never ask.
is_running() { # PID
  process=
  read -r process 2>/dev/null <"/proc/$1/stat" || return 1
  case ${process##*) } in Z* | X*) return 1 ;; esac
}

# TERM, wait up to 2 s, KILL, wait. Never by name.
end_process() { # PID
  kill -CONT "$1" 2>/dev/null
  kill -TERM "$1" 2>/dev/null || return 0
  tries=0
  while is_running "$1"; do
    tries=$((tries + 1))
    [ $tries -eq 40 ] && kill -KILL "$1" 2>/dev/null
    [ $tries -gt 100 ] && return 1
    sleep 0.05
  done
  return 0
}

# The MAC of a link is a function of host, namespace and link: after a repair the neighbours' caches are still right.
link_mac() { # INSIDE
  sum=$(printf '%s/%s/%s' "$(uname -n)" "$netns" "$1" | cksum)
  sum=${sum%% *}
  printf '02:72:%02x:%02x:%02x:%02x' $((sum >> 24 & 255)) $((sum >> 16 & 255)) $((sum >> 8 & 255)) $((sum & 255))
}

# The host's end, too, is the same after a repair. It begins with fe: a bridge takes the lowest MAC of its ports for its own, and a
# port that came with a lower one would change the host's address on that network under its neighbours.
outside_mac() { # OUTSIDE
  mac=$(link_mac "$1")
  echo "fe${mac#02}"
}

# A veth pair, one end in the namespace, both up; made anew when either end is missing.
ensure_veth() { # INSIDE OUTSIDE MTU
  if [ ! -e "/sys/class/net/$2" ] || ! ip -n "$netns" link show dev "$1" >/dev/null 2>&1; then
    ip link del dev "$2" 2>/dev/null
    ip -n "$netns" link del dev "$1" 2>/dev/null
    ip link add name "$2" mtu "$3" address "$(outside_mac "$2")" type veth peer name "$1" mtu "$3" address "$(link_mac "$1")" netns "$netns" ||
      fail $OCF_ERR_GENERIC "cannot make veth pair $2/$1"
  fi
  # No address by itself at the host's end: what the host has there is what a parameter says.
  printf 'link set dev %s addrgenmode none alias rackway:netns/%s/%s\nlink set dev %s mtu %s up\n' "$2" "$netns" "$1" "$2" "$3" | ip -batch - &&
    { [ -z "${inside_addrgenmode-}" ] || echo "link set dev $1 addrgenmode $inside_addrgenmode"; printf 'link set dev %s mtu %s up\n' "$1" "$3"; } | ip -n "$netns" -batch - || fail $OCF_ERR_GENERIC "cannot bring up $2/$1"
}

# A namespace whose name was taken away lives on as long as a process of ours is in it, and answers for its addresses where nobody can
# enter it. Its cables are the host's: without them it is nobody. Prints shell text, which the guard runs, too.
print_cut_off() {
  printf '%s\n' "ip -o link show | sed -n 's|^[0-9]*: \\([^@:]*\\)[@:].* alias rackway:netns/$netns/.*|link del dev \\1|p' | ip -force -batch - 2>/dev/null"
}

# What announces works on raw sockets, where no rule mutes it.
print_end_announcers() {
  cat <<SCRIPT
while read -r pid; do
  read -r comm </proc/\$pid/comm && case \$comm in send_arp | send_ua) kill \$pid ;; esac
done 2>/dev/null <$state_dir/announcers
SCRIPT
}

# How often, and how far apart in milliseconds.
announcements=${OCF_RESKEY_announcements:-5}
announce_interval=${OCF_RESKEY_announce_interval_ms:-200}

announce_one() { # INTERFACE ADDRESS LENGTH
  case $2 in
    *:*) set -- "$libexec/send_ua" -i "$announce_interval" -c "$announcements" "$2" "$3" "$1" ;;
    *) set -- "$libexec/send_arp" -i "$announce_interval" -r "$announcements" "$1" "$2" auto not_used not_used ;;
  esac
  (exec nsenter --net="/run/netns/$netns" -- "$@") >/dev/null 2>&1 </dev/null &
  echo $! >>"$state_dir/announcers"
}

# Who has addresses has for_each_address, too. Gratuitous ARP: RFC 5227 3, both forms, RFC 826; unsolicited neighbour advertisement: RFC 4861 7.2.6.
announce() {
  rm -f "$state_dir/announcers"
  for libexec in /usr/libexec/heartbeat /usr/lib/heartbeat; do [ -x "$libexec/send_arp" ] && break; done
  for_each_address announce_one
}

# The gate of a host that is not the owner: it forwards nothing, and tells nobody of connections. What conntrackd has in its cache on a
# standby (it reads the kernel again when it has missed events) is old news, which would bring back the dead and end the living at the
# owner's. What it says beside that, hello and asking for the others' state, is short.
print_shut_gate() {
  cat <<'NFT'
table inet rackway-gate
delete table inet rackway-gate
table inet rackway-gate {
  chain forward { type filter hook forward priority -310; policy drop; }
  chain output { type filter hook output priority 0; policy accept; oifname "sync" udp dport 3780 udp length > 32 drop; }
}
NFT
}
# A delete of what may be absent: declare first, in the same transaction.
print_open_gate() { printf 'table inet rackway-gate\ndelete table inet rackway-gate\n'; }

# Corosync's own word, not Pacemaker's, which may be seconds old in a partition. Without a configuration there is no cluster to ask.
has_quorum() {
  [ -e /etc/corosync/corosync.conf ] || return 0
  timeout 2 corosync-quorumtool -s 2>/dev/null | grep -q '^Quorate: *Yes'
}

read_uptime() { # Result in $now, milliseconds.
  read -r now _ </proc/uptime
  fraction=${now#*.}
  now=$((${now%.*} * 1000 + ${fraction#0} * 10))
}

# A host that left the membership has its own guard, which may not have heard of it yet. Until the time that the guard here wrote
# down when members left, nothing is taken over: most of it passes while Pacemaker decides. Planned moves do not come by here.
wait_until_settled() {
  read -r until 2>/dev/null </run/rackway/takeover-after || return 0
  read_uptime
  left=$((until - now))
  # Nobody waits longer than the slowest timers ask for (`careful`, with a quorum device: 5.1 s), whatever is in that file.
  [ $left -le 6000 ] || left=6000
  [ $left -le 0 ] || sleep "$(printf '%d.%03d' $((left / 1000)) $((left % 1000)))"
  return 0
}

# Routes of a batch for ip(8) are of one family each call.
is_ipv6() { case $1 in *:*) return 0 ;; *) return 1 ;; esac; }
host_prefix() { if is_ipv6 "$1"; then echo "$1/128"; else echo "$1/32"; fi; }

# As ip(8) shows the source of a rule: one address is written without its length.
rule_source() { # PREFIX
  case $1 in
    *:*/128) echo "${1%/128}" ;;
    *:*) echo "$1" ;;
    *) echo "${1%/32}" ;;
  esac
}

# An interface has IPv6 though its namespace has switched it off for the others. Words of a shell in that namespace.
print_enable_ipv6() { # DEVICE
  echo "[ ! -e /proc/sys/net/ipv6 ] && exit 3; f=/proc/sys/net/ipv6/conf/$1/disable_ipv6; read -r is <\$f; [ \"\$is\" = 0 ] || echo 0 >\$f"
}

enable_ipv6() { # DEVICE [NETNS]
  if [ -n "${2-}" ]; then in_netns "$2" sh -c "$(print_enable_ipv6 "$1")"; else sh -c "$(print_enable_ipv6 "$1")"; fi && return 0
  [ -e /proc/sys/net/ipv6 ] || fail $OCF_ERR_GENERIC "this kernel has IPv6 switched off (ipv6.disable=1): no IPv6 VIP can be here"
  fail $OCF_ERR_GENERIC "cannot enable IPv6 on $1${2:+ in $2}"
}

# 128 bits as 32 digits: neighbour advertisements are compared as bytes, for nft(8) before 1.0.9 has no word for their target.
ipv6_digits() { # ADDRESS, without dots
  printf '%s\n' "$1" | awk '{
    halves = split($0, half, "::"); left = split(half[1], a, ":"); right = halves > 1 ? split(half[2], b, ":") : 0
    for (i = 1; i <= 8; i++) {
      word = i <= left ? a[i] : i > 8 - right ? b[i - 8 + right] : "0"
      text = text substr("0000" word, length(word) + 1)
    }
    print text
  }'
}

# The chain of a port of the bridge: what comes in there has the namespace's own MAC and addresses. Its sets of VIPs are filled by
# the resources that hold them.
print_port_filter() { # PORT MAC ADDRESS…
  port=$1
  echo "table bridge rackway-any { map ports { type ifname : verdict; }; set $port.4 { type ipv4_addr; }; set $port.6 { type ipv6_addr; }; chain $port { }; }"
  echo "flush chain bridge rackway-any $port"
  echo "add rule bridge rackway-any $port ether saddr != $2 drop"
  echo "add rule bridge rackway-any $port arp saddr ether != $2 drop"
  shift 2
  targets=
  for each; do
    if is_ipv6 "$each"; then
      targets="$targets${targets:+, }0x$(ipv6_digits "$each")"
      echo "add element bridge rackway-any $port.6 { $each }"
    else
      echo "add element bridge rackway-any $port.4 { $each }"
    fi
  done
  echo "add rule bridge rackway-any $port arp saddr ip @$port.4 accept"
  echo "add rule bridge rackway-any $port ip saddr @$port.4 accept"
  echo "add rule bridge rackway-any $port icmpv6 type { nd-router-advert, nd-redirect } drop"
  # VIPs are asked of nobody: the host's routes to them have the link's addresses as next hops.
  [ -z "$targets" ] || echo "add rule bridge rackway-any $port icmpv6 type nd-neighbor-advert @nh,384,128 != { $targets } drop"
  echo "add rule bridge rackway-any $port ip6 saddr @$port.6 accept"
  echo "add rule bridge rackway-any $port drop"
  echo "add element bridge rackway-any ports { \"$port\" : jump $port }"
}

remove_port_filter() { # PORT
  nft list chain bridge rackway-any "$1" >/dev/null 2>&1 || return 0
  nft -f - <<NFT
add element bridge rackway-any ports { "$1" : jump $1 }
delete element bridge rackway-any ports { "$1" : jump $1 }
delete chain bridge rackway-any $1
delete set bridge rackway-any $1.4
delete set bridge rackway-any $1.6
NFT
}

# A bridge that was stopped while ports were on it goes with the last of them.
finish_bridge() {
  for file in /run/rackway/*/left; do
    bridge_id=${file%/left}
    [ -r "$file" ] && read -r name number <"$file" || continue
    [ -z "$(ls "/sys/class/net/$name/brif" 2>/dev/null)" ] || continue
    OCF_RESOURCE_INSTANCE=${bridge_id##*/} OCF_RESKEY_bridge=$name OCF_RESKEY_table=$number "${0%/*}/anycast-bridge" stop
  done
}

# Addresses that neighbours could ask for are on a link of the namespace: VIPs, for its own are on its loopback.
link_has_vips() { # NETNS INSIDE
  case $(ip -n "$1" -j address show dev "$2" scope global 2>/dev/null) in *'"local"'*) return 0 ;; *) return 1 ;; esac
}

# A link that was stopped while VIPs were on it goes with the last of them.
finish_links() {
  for file in /run/rackway/*/left-link; do
    [ -r "$file" ] && read -r space inside outside <"$file" || continue
    [ "$space" = "$netns" ] && ! link_has_vips "$space" "$inside" || continue
    ip link del dev "$outside" 2>/dev/null
    in_netns "$space" nft delete table inet "rackway-$inside" 2>/dev/null
    rm -rf "${file%/left-link}"
  done
}

# Until the neighbours have what this host has said last: OSPF's retransmission lists are empty (RFC 2328 13.6), BGP has nothing left to send. Not
# longer than asked for: a neighbour that is gone acknowledges nothing, and no longer sends either.
wait_for_neighbours() { # MILLISECONDS
  [ -S /run/frr/zebra.vty ] && command -v vtysh >/dev/null 2>&1 || return 0
  read_uptime
  until_then=$((now + $1))
  # The daemon has heard of the kernel's route, and has begun to tell.
  sleep 0.05
  while [ $now -lt $until_then ]; do
    neighbours_wait || return 0
    sleep 0.05
    read_uptime
  done
  say "after $1 ms the neighbours have not acknowledged all that was withdrawn"
}

neighbours_wait() {
  timeout 2 vtysh -c 'show ip ospf neighbor detail' -c 'show ipv6 ospf6 neighbor detail' -c 'show bgp summary json' 2>/dev/null |
    grep -qE 'Retransmission List [1-9]|^ *[1-9][0-9]* Pending LSAs for LSUpdate|"outq": ?[1-9]'
}

# Metadata costs no fork: a standby's controller asks for it in the midst of its first takeover, before it starts the VIPs.
parameter() { # NAME REQUIRED DEFAULT SHORT LONG
  if [ -n "$3" ]; then content="<content type=\"string\" default=\"$3\"/>"; else content='<content type="string"/>'; fi
  printf '%s\n' "<parameter name=\"$1\" unique=\"0\" required=\"$2\"${is_reloadable-}>
<longdesc lang=\"en\">$5</longdesc>
<shortdesc lang=\"en\">$4</shortdesc>
$content
</parameter>"
}

# One whose change Pacemaker carries out by reload-agent, without a stop.
reloadable_parameter() {
  is_reloadable=' reloadable="1"'
  parameter "$@"
  is_reloadable=
}

# The published DTD is of API 1.0 and does not know what 1.1 has added: the internal subset, which comes first, names it.
metadata_head() { # NAME SHORT LONG
  printf '%s\n' "<?xml version=\"1.0\"?>
<!DOCTYPE resource-agent SYSTEM \"ra-api-1.dtd\" [
<!ATTLIST action name (start|stop|monitor|reload-agent|migrate_to|migrate_from|validate-all|meta-data) #REQUIRED>
<!ATTLIST parameter reloadable (0|1) #IMPLIED>
]>
<resource-agent name=\"$1\" version=\"1.0\">
<version>1.1</version>
<longdesc lang=\"en\">$3</longdesc>
<shortdesc lang=\"en\">$2</shortdesc>
<parameters>"
}

metadata_tail() { # EXTRA-ACTIONS MONITOR-INTERVAL
  printf '%s\n' "</parameters>
<actions>
<action name=\"start\" timeout=\"20s\"/>
<action name=\"stop\" timeout=\"20s\"/>
<action name=\"monitor\" timeout=\"10s\" interval=\"$2\" depth=\"0\"/>
<action name=\"reload-agent\" timeout=\"20s\"/>
<action name=\"validate-all\" timeout=\"10s\"/>
<action name=\"meta-data\" timeout=\"5s\"/>
$1</actions>
</resource-agent>"
}

# Runs the agent: ACTION_start, ACTION_stop, … are the agent's functions named do_ACTION.
dispatch() {
  __OCF_ACTION=${1-}
  case $__OCF_ACTION in
    meta-data) do_metadata; exit $OCF_SUCCESS ;;
    start | reload-agent | reload) do_validate; do_start ;;
    stop) do_stop ;;
    monitor | status) do_monitor ;;
    validate-all) do_validate ;;
    migrate_to | migrate_from)
      command -v "do_$__OCF_ACTION" >/dev/null 2>&1 || exit $OCF_ERR_UNIMPLEMENTED
      "do_$__OCF_ACTION"
      ;;
    *)
      echo "usage: $0 start|stop|monitor|reload-agent|validate-all|meta-data" >&2
      exit $OCF_ERR_UNIMPLEMENTED
      ;;
  esac
  exit $?
}
