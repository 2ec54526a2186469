"""Sends one tunnelled packet, as a member's kernel would: VXLAN with a bare IP packet in it, which holds a UDP datagram.

tunnel-datagram.py ROUTER PORT NUMBER INNER-SOURCE INNER-DESTINATION INNER-PORT TEXT
"""

import ipaddress
import socket
import struct
import sys

router, port, number, source, destination, inner_port, text = sys.argv[1:]
inner_source, inner_destination = ipaddress.ip_address(source), ipaddress.ip_address(destination)
payload = text.encode()
length = 8 + len(payload)


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF or 0xFFFF


udp = struct.pack(">HHHH", 4444, int(inner_port), length, 0) + payload
pseudo = inner_source.packed + inner_destination.packed + struct.pack(">II", length, socket.IPPROTO_UDP)
udp = udp[:6] + struct.pack(">H", checksum(pseudo + udp)) + udp[8:]
if inner_source.version == 4:
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + length, 0, 0, 64, socket.IPPROTO_UDP, 0)
    head += inner_source.packed + inner_destination.packed
    inner = head[:10] + struct.pack(">H", checksum(head)) + head[12:] + udp
else:
    inner = struct.pack(">IHBB", 6 << 28, length, socket.IPPROTO_UDP, 64) + inner_source.packed + inner_destination.packed + udp
# Flags: identifier and next protocol are there; next protocol: 1 is IPv4, 2 is IPv6.
vxlan = struct.pack(">BHBI", 0x0C, 0, 1 if inner_source.version == 4 else 2, int(number) << 8)
family = socket.AF_INET6 if ":" in router else socket.AF_INET
with socket.socket(family, socket.SOCK_DGRAM) as outer:
    outer.sendto(vxlan + inner, (router, int(port)))
