# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2154,SC2034 # names shared with the other pieces
# Captures that are about the layers below: links, tunnels, loss, refusals.

topic_icmp() {
    capture_start "$capture_file"
    c ping -c 3 -i 0.2 192.0.2.80
    c ping -c 3 -i 0.2 2001:db8::80
    c ping -c 2 -i 0.2 -s 1200 198.51.100.7
    c ping -c 1 -t 1 198.51.100.7 || true          # time exceeded, by the router
    c ping -c 1 -t 1 2001:db8:1::7 || true
    c ping -c 1 -W 1 203.0.113.9 || true           # network unreachable
    c ping -c 1 -W 4 198.51.100.99 || true         # host unreachable
    c nmap -n -sn -PP --disable-arp-ping --host-timeout 3s 192.0.2.80 || true # timestamp request
    c nmap -n -Pn --traceroute -sn 198.51.100.7 || true
    capture_stop
}

topic_ipv6() {
    start_nginx server
    on server ip -6 route replace 2001:db8::/64 dev eth0 mtu 1280 2>/dev/null || true
    capture_start "$capture_file"
    c ping -c 2 -i 0.2 2001:db8::80
    c ping -c 2 -i 0.2 ff02::1%eth0 || true
    web 'http://[2001:db8::80]/blob.bin'
    web 'http://[2001:db8:1::7]:9/' || true
    c python3 "$pieces/extension-headers.py" 2001:db8::80
    c ping -c 1 -s 3000 2001:db8::80
    c dig @2001:db8::53 www.example.org AAAA
    capture_stop
    on server ip -6 route replace 2001:db8::/64 dev eth0
}

topic_vlan() {
    start_nginx server
    port_filter sw pclient push20 pop20
    port_filter sw pserver push20 pop20
    capture_start "$capture_file"
    c ping -c 2 -i 0.2 192.0.2.80
    c ping -c 2 -i 0.2 2001:db8::80
    web http://192.0.2.80/numbers.txt
    web --insecure --connect-to ::192.0.2.80: https://github.com/
    port_plain sw pclient
    port_plain sw pserver
    c ping -c 1 192.0.2.80 # the same pair without a tag
    web http://192.0.2.80/
    capture_stop
}

topic_qinq() {
    start_nginx server
    port_filter sw pclient push_qinq pop_qinq
    port_filter sw pserver push_qinq pop_qinq
    capture_start "$capture_file"
    c ping -c 2 -i 0.2 192.0.2.80
    c ping -c 2 -i 0.2 2001:db8::80
    web http://192.0.2.80/numbers.txt
    capture_stop
    port_plain sw pclient
    port_plain sw pserver
}

topic_fragments() {
    capture_start "$capture_file"
    c ping -c 2 -i 0.2 -s 4000 192.0.2.80
    c ping -c 2 -i 0.2 -s 4000 2001:db8::80
    c ping -c 1 -s 20000 192.0.2.80
    on server timeout 3 ncat -u -l 7000 -c 'head -c 9000 /dev/zero' >/dev/null 2>&1 &
    sleep 0.3
    head -c 5000 /dev/zero | c python3 "$pieces/datagram.py" 192.0.2.80 7000
    head -c 3000 /dev/zero | c python3 "$pieces/datagram.py" 2001:db8::80 7001
    head -c 2000 /dev/zero | c python3 "$pieces/datagram.py" 192.0.2.80 7002 # answered: port unreachable
    c dig @192.0.2.53 big.example.org TXT +bufsize=4096 +ignore
    wait $! || true
    capture_stop
}

topic_tcp_retransmit() {
    start_nginx server
    head -c 60000 /dev/urandom >"$work/nginx/www/sixty.bin"
    port_filter sw pclient - loss8
    port_filter sw pserver - loss8
    capture_start "$capture_file"
    web http://192.0.2.80/sixty.bin
    web http://192.0.2.80/numbers.txt
    web 'http://[2001:db8::80]/sixty.bin'
    web -T "$work/nginx/www/blob.bin" http://192.0.2.80/put || true
    capture_stop
    port_plain sw pclient
    port_plain sw pserver
}

topic_refused() {
    on router nft -f - <<-EOF
	table inet lab { chain forward { type filter hook forward priority 0;
	  tcp dport 8000 reject with tcp reset
	  tcp dport 8001 reject with icmpx admin-prohibited
	  tcp dport 8002 drop
	  udp dport 8003 reject
	}
	}
	EOF
    capture_start "$capture_file"
    web http://192.0.2.80:9/ || true
    web -6 'http://[2001:db8::80]:9/' || true
    web http://198.51.100.7:8000/ || true
    web http://198.51.100.7:8001/ || true
    web 'http://[2001:db8:1::7]:8001/' || true
    web --max-time 4 http://198.51.100.7:8002/ || true # no answer: the SYN again and again
    c dig @192.0.2.80 -p 9 www.example.org +tries=1 +time=1 || true
    c dig @198.51.100.7 -p 8003 www.example.org +tries=1 +time=1 || true
    web http://192.0.2.99/ || true # nobody answers the ARP
    capture_stop
    on router nft delete table inet lab
}

topic_scan() {
    start_nginx server
    start_ssh server
    capture_start "$capture_file"
    c nmap -n -sn 192.0.2.48-87
    c nmap -n -Pn -sS -T5 --max-retries 1 -p 1-600 192.0.2.80
    c nmap -n -Pn -sT -T5 -p 20-25,80,443,8443 192.0.2.80
    c nmap -n -Pn -sU -T5 --max-retries 0 -p 53,69,123,161,500 192.0.2.80
    c nmap -n -Pn -sX -T5 --max-retries 0 -p 21-25 192.0.2.80
    c nmap -n -6 -Pn -sS -T5 --max-retries 0 -F 2001:db8::80
    capture_stop
}

topic_dhcp() {
    local h
    mkdir -p "$work/leases"
    printf '%s\n' port=0 no-daemon user=root "dhcp-leasefile=$work/leases/db" dhcp-authoritative interface=eth0 \
        dhcp-range=192.0.2.100,192.0.2.150,1h dhcp-range=2001:db8::100,2001:db8::1ff,64,1h enable-ra ra-param=eth0,4,1800 \
        dhcp-option=option:ntp-server,192.0.2.80 domain=example.org >"$work/dhcp.conf"
    namespace guest
    link sw guest eth0 a4:83:e7:00:01:01
    namespace phone 1
    link sw phone eth0 f0:5c:77:00:01:02
    sleep 1.5
    capture_start "$capture_file"
    daemon router dhcpd dnsmasq --conf-file="$work/dhcp.conf" --pid-file=
    sleep 1
    printf 'send host-name "annas-laptop";\nrequest subnet-mask, routers, domain-name, ntp-servers;\n' >"$work/dhclient.conf"
    on guest timeout 15 dhclient -1 -v -cf "$work/dhclient.conf" -lf "$work/leases/guest" -pf "$work/leases/guest.pid" -sf /bin/true eth0 >>"$work/client.log" 2>&1
    on guest timeout 15 dhclient -6 -1 -v -cf "$work/dhclient.conf" -lf "$work/leases/guest6" -pf "$work/leases/guest6.pid" -sf /bin/true eth0 >>"$work/client.log" 2>&1 || true
    on phone timeout 15 udhcpc -n -q -f -i eth0 -s /bin/true -x hostname:bens-phone -V android-dhcp-13 >>"$work/client.log" 2>&1
    on guest timeout 5 dhclient -r -cf "$work/dhclient.conf" -lf "$work/leases/guest" -pf "$work/leases/guest.pid" -sf /bin/true eth0 >>"$work/client.log" 2>&1
    on phone ping -c 1 -W 1 -I eth0 ff02::2%eth0 >>"$work/client.log" 2>&1 || true
    sleep 1
    capture_stop
}

topic_mdns() { # names that hosts tell each other: mDNS, SSDP, NetBIOS's browser, IGMP joins
    mkdir -p /run/dbus /run/avahi-daemon
    capture_start "$capture_file"
    local h
    for h in client server; do
        printf '[server]\nhost-name=%s\nuse-ipv6=yes\nenable-dbus=no\n[publish]\npublish-workstation=yes\npublish-hinfo=yes\n' "weir-$h" >"$work/avahi-$h.conf"
        on $h unshare --mount sh -c "mount -t tmpfs t /run; mkdir -p /run/avahi-daemon; chown avahi /run/avahi-daemon; exec timeout 6 avahi-daemon -f $work/avahi-$h.conf --no-drop-root --no-chroot" >"$work/avahi-$h.log" 2>&1 &
    done
    sleep 2
    c upnpc -m eth0 -s || true
    c dig @224.0.0.251 -p 5353 weir-server.local +time=1 +tries=1 || true
    sleep 3
    capture_stop
}

topic_sctp() {
    local u=/usr/lib/usrsctp
    daemon server sctp "$u/discard_server"
    sleep 1
    capture_start "$capture_file"
    { echo level 3.1; echo level 3.2; sleep 1; } | c "$u/client" 192.0.2.80 9 || true
    { echo level 3.3; sleep 1; } | c "$u/client" 2001:db8::80 9 || true
    c nmap -n -Pn -sY --max-retries 0 -p 9,10 192.0.2.80
    capture_stop
}

# "any" device: Linux cooked headers (v1 and v2) instead of Ethernet's
topic_cooked() {
    start_nginx server
    capture_start "$capture_file" client any -y LINUX_SLL2
    web http://192.0.2.80/numbers.txt
    c ping -c 1 2001:db8::80
    c ping -c 1 127.0.0.1
    capture_stop
    capture_start "${capture_file/cooked/cooked-v1}" client any -y LINUX_SLL
    web http://192.0.2.80/
    c dig @192.0.2.53 www.example.org
    capture_stop
}

topic_loopback() {
    start_nginx server
    capture_start "$capture_file" server lo
    on server curl -s -o /dev/null http://127.0.0.1/numbers.txt
    on server curl -s -o /dev/null 'http://[::1]/'
    on server ping -q -c 2 -i 0.2 127.0.0.1 >/dev/null
    on server curl -s -o /dev/null http://127.0.0.1:9/ || true
    capture_stop
}

# An OpenVPN tunnel: from outside (Ethernet), and its inside (raw IP from the tun device)
topic_tunnel() {
    start_nginx server
    [[ -c /dev/net/tun ]] || { say "no /dev/net/tun"; return 1; }
    openvpn --genkey secret "$work/vpn.key"
    local o=(--dev tun0 --proto udp --secret "$work/vpn.key" --cipher AES-256-CBC --verb 1)
    daemon server vpn-server openvpn "${o[@]}" --writepid "$work/vpn-server.pid" --ifconfig 10.99.0.1 10.99.0.2
    daemon client vpn-client openvpn "${o[@]}" --writepid "$work/vpn-client.pid" --ifconfig 10.99.0.2 10.99.0.1 --remote 192.0.2.80 --nobind
    nsenter --net=/run/netns/client -- tcpdump -i eth0 -Z root -U --immediate-mode -w "$out/tunnel.pcap" 2>"$work/outer.log" &
    local outer=$!
    sleep 2.5
    capture_start "$out/tun-raw.pcap" client tun0
    c ping -c 2 -i 0.2 10.99.0.1
    web http://10.99.0.1/numbers.txt
    web --insecure --connect-to ::10.99.0.1: https://www.wikipedia.org/
    capture_stop
    kill $outer
    wait $outer || true
    kill "$(<"$work/vpn-client.pid")" "$(<"$work/vpn-server.pid")"
}

topic_vxlan() {
    start_nginx server
    local h
    for h in client server; do
        on $h ip link add vx0 type vxlan id 4711 local "$([[ $h == client ]] && echo 192.0.2.10 || echo 192.0.2.80)" \
            remote "$([[ $h == client ]] && echo 192.0.2.80 || echo 192.0.2.10)" dstport 4789 dev eth0
        plain_frames $h vx0
    done
    addresses client vx0 10.47.0.10/24
    addresses server vx0 10.47.0.80/24
    on client ip link set vx0 up
    on server ip link set vx0 up
    sleep 1.5
    capture_start "$capture_file"
    c ping -c 2 -i 0.2 10.47.0.80
    web http://10.47.0.80/numbers.txt
    web http://10.47.0.80/
    capture_stop
    on client ip link del vx0
    on server ip link del vx0
}

# What has no IP header: ARP, spanning tree, LLDP
topic_not_ip() {
    on sw ip link set br0 type bridge stp_state 1 hello_time 100 forward_delay 200
    sleep 4.5
    mkdir -p /run/lldpd
    capture_start "$capture_file" sw pclient # the bridge's own frames are only seen at a port
    c arping -q -c 2 -I eth0 192.0.2.80
    c arping -q -c 1 -U -I eth0 192.0.2.10 || true
    on client timeout 4 lldpd -d -u "$work/lldpd.sock" -I eth0 >"$work/lldpd.log" 2>&1 || true
    c ping -c 1 192.0.2.80
    capture_stop
    on sw ip link set br0 type bridge stp_state 0
}

# The same kinds of traffic in other files: nanoseconds, short snap length, pcapng, compressed
topic_formats() {
    start_nginx server
    capture_start "$out/format-nano.pcap" sw br0 --time-stamp-precision=nano
    web http://192.0.2.80/numbers.txt
    c ping -c 2 -i 0.2 2001:db8::80
    capture_stop
    capture_start "$out/format-snap96.pcap" sw br0 -s 96
    web http://192.0.2.80/blob.bin
    web --insecure --connect-to ::192.0.2.80: https://www.wikipedia.org/
    c dig @192.0.2.53 www.example.org
    capture_stop
    # two interfaces in one pcapng
    on client dumpcap -q -i eth0 -i lo -a duration:3 -w "$work/two.pcapng" 2>"$work/dumpcap.log" &
    sleep 1.2
    web http://192.0.2.80/
    c ping -c 1 127.0.0.1
    wait $! || true
    cp "$work/two.pcapng" "$out/format-two-interfaces.pcapng"
    chmod 644 "$out/format-two-interfaces.pcapng"
    gzip -9 -n -c "$out/format-two-interfaces.pcapng" >"$out/format-gzip.pcapng.gz"
    zstd -q -f -19 "$out/format-nano.pcap" -o "$out/format-zstd.pcap.zst"
    # cut in the middle of a packet, as when a disk was full
    head -c $(($(stat -c %s "$out/format-snap96.pcap") - 40)) "$out/format-snap96.pcap" >"$out/format-cut.pcap"
}
