"""Asks who owns each of some addresses, every few milliseconds, from a raw socket: ARP probes for IPv4, neighbour solicitations for IPv6.

Started by tests/harness with one JSON argument {interface, addresses, intervalMs, maxMs}; runs until its standard input ends, the command
`stop`, or maxMs. It disturbs nobody: the questions come from a link-layer address of its own making, so that no kernel takes the answers
into its neighbour cache; an ARP probe's sender is 0.0.0.0 (RFC 5227), so the answerer's cache stays as it is, too; a solicitation comes
from a made-up link-local address. Each line of output is one event: {"event": "asked"|"answered", "atMs": epoch milliseconds, "address", "mac"}.
Answers carry the kernel's time stamp of their arrival.
"""
import json
import os
import select
import socket
import struct
import sys
import time

SO_ATTACH_FILTER, SO_SNDBUFFORCE, SO_RCVBUFFORCE, SO_TIMESTAMPNS, SOL_PACKET, PACKET_ADD_MEMBERSHIP = 26, 32, 33, 35, 263, 1
ETH_P_ALL = 3

params = json.loads(sys.argv[1])
interface = params["interface"]
interval, ends_at = params["intervalMs"] / 1000, time.monotonic() + params["maxMs"] / 1000
own_mac = bytes([0x02, 0x7A]) + os.urandom(4)


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def arp_probe(target):
    body = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + own_mac + bytes(4) + bytes(6) + target
    return b"\xff" * 6 + own_mac + b"\x08\x06" + body + bytes(18)


def solicitation(target):
    source = b"\xfe\x80" + bytes(6) + bytes([own_mac[0] ^ 2]) + own_mac[1:3] + b"\xff\xfe" + own_mac[3:]
    group = b"\xff\x02" + bytes(9) + b"\x01\xff" + target[13:]
    message = struct.pack("!BBHI", 135, 0, 0, 0) + target + b"\x01\x01" + own_mac
    total = checksum(source + group + struct.pack("!II", len(message), 58) + message)
    message = message[:2] + struct.pack("!H", total) + message[4:]
    header = struct.pack("!IHBB", 6 << 28, len(message), 58, 255) + source + group
    return b"\x33\x33\xff" + target[13:] + own_mac + b"\x86\xdd" + header + message


def answer_of(frame):
    """(address, link-layer address) that an ARP reply or a neighbour advertisement names; None for any other frame."""
    if frame[12:14] == b"\x08\x06" and frame[20:22] == b"\x00\x02":
        return frame[28:32], frame[22:28]
    if frame[12:14] == b"\x86\xdd" and frame[20] == 58 and frame[54] == 136:
        return frame[62:78], frame[80:86] if frame[78:80] == b"\x02\x01" else frame[6:12]
    return None


def only_to_us(sock):
    """A classic BPF program: accept a frame whose destination is our made-up address, drop all else before it costs a wake-up."""
    high, low = struct.unpack("!HI", own_mac)
    program = [(0x28, 0, 0, 0), (0x15, 0, 3, high), (0x20, 0, 0, 2), (0x15, 0, 1, low), (0x06, 0, 0, 256), (0x06, 0, 0, 0)]
    code = b"".join(struct.pack("HBBI", *line) for line in program)
    import ctypes

    buffer = ctypes.create_string_buffer(code)
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HL", len(program), ctypes.addressof(buffer)))


def emit(event, at, address, mac=None):
    line = {"event": event, "atMs": round(at * 1000, 3), "address": address}
    if mac is not None:
        line["mac"] = mac.hex(":")
    print(json.dumps(line))


def receive(sock, names):
    while True:
        try:
            frame, extra, _, _ = sock.recvmsg(256, 64)
        except BlockingIOError:
            return
        answer = answer_of(frame)
        at = time.time()
        for level, kind, data in extra:
            if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
                seconds, nanoseconds = struct.unpack("ll", data[:16])
                at = seconds + nanoseconds / 1e9
        if answer is not None and answer[0] in names:
            emit("answered", at, names[answer[0]], answer[1])


def never_wait_for_reader():
    """Whoever reads our lines may not get a processor for seconds, and an asker that waits for it asks nothing meanwhile."""
    try:
        with socket.socket(fileno=os.dup(1)) as output:
            output.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 1 << 28)
    except OSError:
        pass  # Not a socket, as when somebody tries it in a shell.


def main():
    never_wait_for_reader()
    try:
        # One above the other probes, whose start must not keep it from asking.
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(2))
    except OSError:
        pass
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    only_to_us(sock)
    sock.bind((interface, ETH_P_ALL))
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    sock.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, struct.pack("iHH8s", socket.if_nametoindex(interface), 1, 0, b""))
    sock.setblocking(False)
    names = {socket.inet_pton(socket.AF_INET6 if ":" in name else socket.AF_INET, name): name for name in params["addresses"]}
    questions = [(name, solicitation(packed) if len(packed) == 16 else arp_probe(packed)) for packed, name in names.items()]
    print(json.dumps({"event": "ready", "ownMac": own_mac.hex(":")}), flush=True)
    ask_at = time.monotonic()
    while time.monotonic() < ends_at:
        now = time.monotonic()
        if now >= ask_at:
            for name, question in questions:
                at = time.time()
                try:
                    sock.send(question)
                    emit("asked", at, name)
                except OSError:
                    emit("unsent", at, name)
            # No catching up: what was not asked cannot be asked any more.
            ask_at = max(ask_at + interval, now)
        readable, _, _ = select.select([sock, sys.stdin], [], [], max(0, ask_at - time.monotonic()))
        if sock in readable:
            receive(sock, names)
        if sys.stdin in readable and sys.stdin.readline() in ("", "stop\n"):
            break
    time.sleep(0.05)
    receive(sock, names)
    print(json.dumps({"event": "result", "result": {}}), flush=True)


main()
