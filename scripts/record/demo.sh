# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2154,SC2034 # names shared with the other pieces
# The demo's capture: five minutes of a home with an office and many things in it.
#
#   hosts of demo-hosts.tsv ── sw (recorded here) ── gw ── wan.py ── inet: all names of demo-sites.tsv
#                                    │
#              VLAN 20, tagged on the switch, the hosts' ports untagged

demo_seconds=${DEMO_SECONDS:-300}

rows() { grep -v '^#' "$pieces/$1"; }

demo_network() {
    switch sw
    namespace gw
    link sw gw eth0 74:ac:b9:10:20:01
    link sw gw iot0 74:ac:b9:10:20:02
    namespace inet
    assert_closed
    daemon inet wan python3 "$pieces/wan.py" gw inet
    until on inet ip link show wan >/dev/null 2>&1 && on gw ip link show wan >/dev/null 2>&1; do sleep 0.1; done
    local n
    for n in gw inet; do
        on $n ip link set wan up txqueuelen 2000
    done
    on gw sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
    addresses gw eth0 192.168.1.1/24 fd00::1/64
    addresses gw iot0 192.168.20.1/24 fd00:0:0:20::1/64
    addresses gw wan 100.64.0.2/30
    port_filter sw pgw-iot0 push20 pop20
    port_filter sw pgw - untagged
    addresses inet wan 100.64.0.1/30 fd00:ffff::1/64
    on gw ip route add default dev wan
    on gw ip -6 route add default dev wan
    on inet ip route add 192.168.0.0/16 dev wan
    on inet ip -6 route add fd00::/16 dev wan
    # the far addresses, all here
    local name four six
    while IFS=$'\t' read -r name four six; do
        on inet ip route replace local "$four" dev lo
        [[ $six == - ]] || on inet ip -6 route replace local "$six" dev lo
    done < <(rows demo-sites.tsv)
    on inet sysctl -qw net.ipv6.ip_nonlocal_bind=1 net.ipv4.ip_nonlocal_bind=1
}

demo_hosts() {
    local name network mac last
    while IFS=$'\t' read -r name network last mac _; do
        namespace "$name" 1
        on "$name" sysctl -qw net.ipv6.conf.default.router_solicitations=2
        local port=p$last-$network
        ip link add name "$port" netns sw type veth peer name eth0 netns "$name" address "$mac"
        plain_frames sw "$port"
        plain_frames "$name" eth0
        on sw ip link set "$port" master br0 up
        if [[ $network == iot ]]; then port_filter sw "$port" push20 pop20; else port_filter sw "$port" - untagged; fi
    done < <(rows demo-hosts.tsv)
    port_filter sw p37-lan - loss2_untagged # the steam deck is far from the access point
    assert_closed
}

demo_router() {
    local name four six network last mac
    {
        printf '%s\n' no-daemon user=root no-resolv no-hosts local-ttl=60 "dhcp-leasefile=$work/leases" dhcp-authoritative \
            domain=home.arpa expand-hosts no-ping local=/example.net/ local=/example.org/ local=/com/ local=/home.arpa/ \
            interface=eth0,iot0 except-interface=wan bind-dynamic dhcp-range=set:lan,192.168.1.100,192.168.1.200,255.255.255.0,2m \
            dhcp-range=set:iot,192.168.20.100,192.168.20.200,255.255.255.0,2m enable-ra \
            dhcp-range=fd00::,ra-stateless,64,10m dhcp-range=fd00:0:0:20::,ra-stateless,64,10m dhcp-option=option:ntp-server,162.159.200.1
        while IFS=$'\t' read -r name four six; do
            echo "host-record=$name,$four$([[ $six == - ]] || echo ",$six")"
        done < <(rows demo-sites.tsv)
        while IFS=$'\t' read -r name network last mac _; do
            echo "dhcp-host=$mac,192.168.$([[ $network == lan ]] && echo 1 || echo 20).$last"
        done < <(rows demo-hosts.tsv)
    } >"$work/gw.conf"
    daemon gw dnsmasq-gw dnsmasq --conf-file="$work/gw.conf" --pid-file=
    wait_port gw 53
    printf 'nameserver 192.168.1.1\noptions timeout:2 attempts:2\n' >"$work/resolv.conf"
}

# The far servers: one nginx for every name, with a certificate each
demo_far() {
    make_certificates
    local d=$work/nginx name from to
    mkdir -p "$d/www/pool" "$d/log" "$d/tmp" "$d/put"
    from=$(date -ud '-30 days' +%Y%m%d%H%M%SZ)
    to=$(date -ud '+300 days' +%Y%m%d%H%M%SZ)
    for name in $(rows demo-sites.tsv | cut -f1); do
        cp "$work/tls/server.key" "$work/tls/$name.key"
        if [[ $name == old.example.org ]]; then cp "$work/tls/expired.pem" "$work/tls/$name.pem"; cp "$work/tls/expired.key" "$work/tls/$name.key"
        else certify "$name" "/CN=${name:0:60}" "subjectAltName=DNS:$name" "$from" "$to"; fi
    done
    head -c 30000 /dev/urandom >"$d/www/blob.bin"
    head -c 220000 /dev/urandom >"$d/www/segment.bin"
    truncate -s 64M "$d/www/large.bin"
    truncate -s 6M "$d/www/six.bin"
    seq 1 2000 >"$d/www/numbers.txt"
    printf 'MZ\220\0' | cat - "$d/www/blob.bin" >"$d/www/pool/weir.exe"
    echo '<!doctype html><title>Weir</title><h1>A weir measures the flow</h1>' >"$d/www/index.html"
    cat >"$d/nginx.conf" <<-EOF
	worker_processes 1;
	pid $d/pid;
	error_log $d/log/error.log;
	daemon off;
	user root;
	events { worker_connections 2000; }
	http {
	  access_log off;
	  types { text/html html; text/plain txt; application/x-msdownload exe; }
	  default_type application/octet-stream;
	  client_body_temp_path $d/tmp; proxy_temp_path $d/tmp; fastcgi_temp_path $d/tmp; uwsgi_temp_path $d/tmp; scgi_temp_path $d/tmp;
	  client_max_body_size 100m;
	  gzip on; gzip_types text/plain;
	  root $d/www;
	  map \$ssl_server_name \$cert { default \$ssl_server_name; "" www.example.org; }
	  server {
	    listen 80; listen [::]:80; listen 81 http2;
	    location /clips { root $d/put; dav_methods PUT; }
	  }
	  server {
	    listen 443 ssl http2; listen [::]:443 ssl http2; listen 5223 ssl; listen 5228 ssl;
	    ssl_protocols TLSv1 TLSv1.2 TLSv1.3;
	    ssl_ciphers ALL:@SECLEVEL=0;
	    ssl_certificate $work/tls/\$cert.pem; ssl_certificate_key $work/tls/\$cert.key;
	    location /dns-query { default_type application/dns-message; return 200 "dns"; }
	    location ~ ^/(clips|backup) { root $d/put; dav_methods PUT; }
	  }
	  server { listen 8443 ssl; ssl_certificate $work/tls/selfsigned.pem; ssl_certificate_key $work/tls/selfsigned.key; }
	}
	EOF
    daemon inet nginx-inet nginx -c "$d/nginx.conf" -e "$d/log/error.log"
    wait_port inet 443
    # the same pages for things of the house, where they have a page
    local h
    for h in nas hue-bridge shelly-plug homeassistant; do
        sed "s#^\tpid.*#pid $d/pid-$h;#; s#pid $d/pid;#pid $d/pid-$h;#" "$d/nginx.conf" >"$d/nginx-$h.conf"
        daemon $h "nginx-$h" nginx -c "$d/nginx-$h.conf" -e "$d/log/error-$h.log"
    done
    start_caddy inet # TCP 443 is nginx's, so its UDP 443 is Caddy's 4433
    on inet nft -f - <<-EOF
	table inet quic { chain pre { type nat hook prerouting priority -100;
	  iifname wan udp dport 443 redirect to :4433
	}
	}
	EOF
    start_mail inet
    start_ntp inet
    start_stun inet
    start_ssh inet
    start_irc inet
    start_rsync inet
    start_git inet
    daemon inet dns-google dnsmasq --no-daemon --user=root --conf-file=/dev/null --no-resolv --no-hosts --pid-file= \
        --host-record=www.example.org,93.184.216.34
    cp -r /usr/share/sip-tester "$work/pcap"
    daemon inet sipp-uas sipp -sn uas -rtp_echo -i 217.10.79.9 -p 5060 -nostdin
    openvpn --genkey secret "$work/vpn.key"
    daemon inet vpn openvpn --dev null --proto udp --secret "$work/vpn.key" --cipher AES-256-CBC --local 185.65.134.66 --ping 5 --verb 1 --ifconfig-noexec
    daemon inet whois ncat -l -k 43 -c 'read q; echo "no match for $q"'
    printf 'From: anna@example.org\r\nTo: ben@example.org\r\nSubject: Level\r\n\r\n3 m\r\n' >"$work/letter"
}

demo_near() { # servers at home
    start_ssh nas
    start_ftp nas
    start_tftp nas
    start_ldap nas
    start_redis raspberrypi
    start_memcached raspberrypi
    start_postgres raspberrypi
    start_mysql raspberrypi
    start_syslog raspberrypi
    start_radius raspberrypi
    start_vnc raspberrypi
    start_mqtt homeassistant
    start_coap thermostat
    start_snmp access-point
    start_telnet camera-yard
    mkdir -p "$work/torrent-out" "$work/torrent-in"
    truncate -s 5M "$work/torrent-out/film.iso"
    transmission-create -o "$work/film.torrent" -t http://tracker.example.net:6969/announce "$work/torrent-out/film.iso" >/dev/null
}

demo_near_late() { # those that want an address when they start
    samba_name=NAS start_samba nas
    start_proxy raspberrypi
}

# Hosts that say their names: mDNS and DLNA
demo_names() {
    local h
    for h in annas-macbook apple-tv chromecast printer nas homeassistant hue-bridge sonos-living; do
        printf '[server]\nhost-name=%s\nuse-ipv6=yes\nenable-dbus=no\nallow-interfaces=eth0\n[publish]\npublish-workstation=yes\npublish-hinfo=yes\n' "$h" >"$work/avahi-$h.conf"
        on $h setsid unshare --mount sh -c "mount -t tmpfs t /run; mkdir -p /run/avahi-daemon; exec avahi-daemon -f $work/avahi-$h.conf --no-drop-root --no-chroot" >"$work/avahi-$h.log" 2>&1 </dev/null &
    done
    mkdir -p "$work/dlna"
    printf 'port=8200\nnetwork_interface=eth0\nmedia_dir=%s\nfriendly_name=NAS films\ndb_dir=%s\nlog_dir=%s\nnotify_interval=60\n' "$work/torrent-out" "$work/dlna" "$work/dlna" >"$work/minidlna.conf"
    daemon nas minidlna minidlnad -S -f "$work/minidlna.conf" -P "$work/minidlna.pid"
}

demo_join() { # every host comes up and asks for its address, within 8 s
    local name class
    cat >"$work/dhcp-script" <<-'EOF'
	#!/bin/sh
	case $1 in bound | renew)
	    ip addr replace "$ip/24" dev "$interface"
	    ip route replace default via "$router" ;;
	esac
	EOF
    chmod +x "$work/dhcp-script"
    while IFS=$'\t' read -r name _ _ _ class; do
        on "$name" ip link set eth0 up
        [[ $class != - ]] || class="udhcp 1.35.0"
        daemon "$name" "udhcpc-$name" udhcpc -f -i eth0 -s "$work/dhcp-script" -x "hostname:$name" -V "$class" -t 5 -T 2
        sleep 0.2
    done < <(rows demo-hosts.tsv)
}

record_demo() {
    local raw=$work/demo-raw.pcap
    say "demo: network"
    demo_network
    demo_hosts
    demo_router
    say "demo: servers"
    make_h3get
    demo_far
    demo_near
    export work pieces
    declare -x ssh_options spki
    ssh_options=$(ssh_options)
    spki=$(spki)
    say "demo: $demo_seconds s of life"
    local begin=$EPOCHREALTIME
    capture_start "$raw" sw br0 -s 2048 -B 262144
    demo_join
    demo_near_late
    demo_names
    BASH_ENV=$pieces/demo-life.sh python3 "$pieces/demo-life.py" "$pieces/demo-life.tsv" "$demo_seconds" "$begin" >"$work/life.log" 2>&1
    sleep 1
    capture_stop
    say "demo: $(stat -c %s "$raw") bytes recorded"
    python3 "$pieces/trim.py" "$raw" "$work/demo.pcap" "$demo_seconds"
    zstd -q -f -19 --long=27 "$work/demo.pcap" -o "$out/demo.pcap.zst"
    say "demo: $(stat -c %s "$out/demo.pcap.zst") bytes compressed"
    [[ -z ${DEMO_RAW:-} ]] || cp "$raw" "$work/demo.pcap" "$DEMO_RAW"
}
