# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2154,SC2034 # names shared with the other pieces
# One function a capture: what its clients do. The lab has these hosts on one switch:
#
#   client   192.0.2.10  2001:db8::10      server   192.0.2.80  2001:db8::80
#   names    192.0.2.53  2001:db8::53      router   192.0.2.1   2001:db8::1
#   far      198.51.100.7, 2001:db8:1::7, behind the router

lab_up=
lab_start() {
    [[ -z $lab_up ]] || return 0
    lab_up=yes
    say "lab"
    switch sw
    host client 3c:06:30:00:00:10 192.0.2.10/24 2001:db8::10/64
    host server 00:11:32:00:00:80 192.0.2.80/24 2001:db8::80/64
    host names b8:27:eb:00:00:53 192.0.2.53/24 2001:db8::53/64
    host router 18:e8:29:00:00:01 192.0.2.1/24 2001:db8::1/64
    switch sw2
    namespace far
    link sw2 far eth0 00:16:3e:00:00:07
    link sw2 router eth1 18:e8:29:00:01:01
    addresses far eth0 198.51.100.7/24 2001:db8:1::7/64
    addresses router eth1 198.51.100.1/24 2001:db8:1::1/64
    on router sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.conf.all.send_redirects=0
    local h
    for h in client server names; do
        on $h ip route add default via 192.0.2.1
        on $h ip -6 route add default via 2001:db8::1
    done
    on far ip route add default via 198.51.100.1
    on far ip -6 route add default via 2001:db8:1::1
    assert_closed
    start_dns names
    sleep 2 # let the interfaces' own first words pass
}

record_topic() {
    local name=$1 topic=topic_${1//-/_}
    declare -F "$topic" >/dev/null || { echo "record-captures: no capture is called $name (see --list)" >&2; exit 2; }
    say "$name"
    capture_file=$out/$name.pcap
    # In a subshell of its own rules: one topic's failure is said, the others go on.
    if ! "$topic"; then
        failed+=("$name")
        say "FAILED $name"
        [[ -z $capture_pid ]] || { kill "$capture_pid"; capture_pid=; }
    fi
}

c() { # the client does; what fails is said
    echo "== $*" >>"$work/client.log"
    on client timeout 20 "$@" >>"$work/client.log" 2>&1 || { local s=$?; say "  status $s: ${*:1:6}"; return $s; }
}
web() { c curl -sS -o /dev/null --max-time 8 --cacert "$work/tls/ca.pem" "$@"; }

topic_dns() {
    capture_start "$capture_file"
    c dig @192.0.2.53 www.example.org
    c dig @192.0.2.53 www.example.org AAAA
    c dig @2001:db8::53 cdn.example.org AAAA
    c dig @192.0.2.53 example.org MX
    c dig @192.0.2.53 example.org TXT +noedns
    c dig @2001:db8::53 _sip._udp.example.org SRV
    c dig @192.0.2.53 -x 192.0.2.80
    c dig @192.0.2.53 nothere.example.org
    c dig @192.0.2.53 big.example.org TXT +bufsize=1232 # truncated, asked again by TCP
    c dig @192.0.2.53 large.example.org TXT
    c dig @2001:db8::53 www.example.org +tcp
    c kdig @192.0.2.53 +keepopen +tcp www.example.org files.example.org
    c dig @192.0.2.53 www.example.org CH TXT
    capture_stop
}

topic_http() {
    start_nginx server
    capture_start "$capture_file"
    web http://www.example.org/ http://www.example.org/numbers.txt
    web -A 'Mozilla/5.0 (X11; Linux x86_64) Weir/1' --compressed http://www.example.org/numbers.txt
    web -d 'level=3&unit=m' http://www.example.org/form
    web -I http://www.example.org/blob.bin
    web -L http://www.example.org/moved
    web http://www.example.org/not/there
    web http://www.example.org/broken
    web -6 'http://[2001:db8::80]/blob.bin'
    web --http1.0 http://192.0.2.80/
    web --http2-prior-knowledge http://www.example.org:81/blob.bin
    web --http2 http://www.example.org/
    web -u anna:sesame http://files.example.org/
    capture_stop
}

topic_tls() {
    start_nginx server
    daemon server s_server openssl s_server -quiet -accept 6443 -cert "$work/tls/rsa.pem" -key "$work/tls/rsa.key" -cipher ALL:@SECLEVEL=0 -tls1
    wait_port server 6443
    capture_start "$capture_file"
    web https://www.example.org/ https://www.example.org/blob.bin
    web --tls-max 1.2 https://www.example.org/
    web --http1.1 https://www.example.org/
    web -6 https://www.example.org/blob.bin
    web --insecure https://192.0.2.80/
    web --insecure --connect-to ::192.0.2.80: https://www.youtube.com/
    web --insecure --connect-to ::192.0.2.80: https://github.com/
    web --insecure --connect-to ::192.0.2.80:8443 https://nas.example.net/
    web --insecure --tls-max 1.2 --connect-to ::192.0.2.80:8443 https://nas.example.net/
    web --insecure --tls-max 1.2 --connect-to ::192.0.2.80:9443 https://old.example.org/
    web --connect-to ::192.0.2.80:9443 https://www.example.org/ || true # refuses the certificate
    web --cert "$work/tls/client.pem" --key "$work/tls/client.key" --connect-to ::192.0.2.80:7443 https://www.example.org/
    # a session, and the same taken up again
    echo | c openssl s_client -tls1_2 -connect 192.0.2.80:443 -servername www.example.org -sess_out "$work/sess" -CAfile "$work/tls/ca.pem"
    echo | c openssl s_client -tls1_2 -connect 192.0.2.80:443 -servername www.example.org -sess_in "$work/sess" -CAfile "$work/tls/ca.pem"
    echo | c openssl s_client -tls1 -cipher ALL:@SECLEVEL=0 -connect 192.0.2.80:6443 -servername legacy.example.org || true
    capture_stop
}

topic_ssh() {
    start_ssh server
    local o
    o=$(ssh_options)
    capture_start "$capture_file"
    # shellcheck disable=SC2086
    {
        c ssh $o root@192.0.2.80 'uname -s; seq 1 500'
        c ssh $o root@2001:db8::80 true
        head -c 20000 /dev/zero >"$work/zeros"
        c scp $o "$work/zeros" root@192.0.2.80:/dev/null
        c ssh ${o/user/host} root@192.0.2.80 true || true # wrong key
        c ssh $o -c aes128-ctr -m hmac-sha2-256 root@192.0.2.80 true
    }
    capture_stop
}

topic_smb() {
    start_samba server
    sleep 2
    head -c 12000 /dev/urandom >"$work/report.doc"
    capture_start "$capture_file"
    c smbclient -N -L 192.0.2.80
    c smbclient -U root%weir //192.0.2.80/share -c "put $work/report.doc report.doc; ls; get report.doc $work/back.doc; del report.doc"
    c smbclient -N '//2001:db8::80/share' -c ls
    c smbclient -N -m NT1 --option='client min protocol=NT1' //192.0.2.80/share -c ls || true
    c nmblookup -B 192.0.2.255 files || true
    c nmblookup -A 192.0.2.80
    capture_stop
    kill "$(<"$work/samba/lock/nmbd.pid")" # it would talk in the other captures
}

topic_mail() {
    start_mail server
    printf 'From: anna@example.org\r\nTo: ben@example.org\r\nSubject: Level\r\n\r\n3 m\r\n' >"$work/letter"
    capture_start "$capture_file"
    web smtp://mail.example.org --mail-from anna@example.org --mail-rcpt ben@example.org -T "$work/letter"
    web smtp://mail.example.org --ssl-reqd --mail-from anna@example.org --mail-rcpt ben@example.org -T "$work/letter"
    web smtps://mail.example.org --mail-from anna@example.org --mail-rcpt ben@example.org -T "$work/letter"
    web -6 smtp://mail.example.org --mail-from anna@example.org --mail-rcpt ben@example.org -T "$work/letter"
    web 'imap://mail.example.org/INBOX;MAILINDEX=1' -u ben:sesame
    web 'imaps://mail.example.org/INBOX' -u ben:sesame
    web -6 'imap://mail.example.org/' --ssl-reqd -u ben:sesame
    web 'pop3://mail.example.org/1' -u ben:sesame
    web 'pop3s://mail.example.org/' -u ben:sesame
    web 'imap://mail.example.org/' -u ben:wrong || true
    capture_stop
}

topic_ntp() {
    start_ntp server
    capture_start "$capture_file"
    c chronyd -Q -t 6 -u root 'server 192.0.2.80 iburst' 'cmdport 0' "pidfile $work/chrony2.pid"
    c chronyd -Q -t 6 -u root 'server 2001:db8::80 iburst' 'cmdport 0' "pidfile $work/chrony2.pid"
    capture_stop
}

topic_mqtt() {
    start_mqtt server
    capture_start "$capture_file"
    on client timeout 6 mosquitto_sub -h 192.0.2.80 -t 'weir/#' -C 6 >/dev/null &
    local sub=$! i
    sleep 0.5
    for i in 1 2 3; do c mosquitto_pub -h 192.0.2.80 -t weir/level -m "$i.2" -q $((i - 1)) -i "gauge$i"; done
    c mosquitto_pub -h 2001:db8::80 -t weir/level -m 4.0 -r
    c mosquitto_pub -h 192.0.2.80 -t weir/big -m "$(head -c 3000 /dev/zero | tr '\0' x)" -V 5
    c mosquitto_pub -h 192.0.2.80 -p 8883 --cafile "$work/tls/ca.pem" -t weir/level -m 4.4
    wait $sub
    capture_stop
}

topic_snmp() {
    start_snmp server
    capture_start "$capture_file"
    c snmpget -v1 -c public 192.0.2.80 1.3.6.1.2.1.1.5.0
    c snmpwalk -v2c -c public 192.0.2.80 1.3.6.1.2.1.1
    c snmpbulkwalk -v2c -c public "udp6:[2001:db8::80]" 1.3.6.1.2.1.2
    c snmpget -v3 -l authPriv -u weir -a SHA -A sesame-sesame -x AES -X sesame-sesame 192.0.2.80 1.3.6.1.2.1.1.1.0
    c snmpget -v2c -c private -t 0.3 -r 1 192.0.2.80 1.3.6.1.2.1.1.5.0 || true
    capture_stop
}

topic_redis() {
    start_redis server
    start_memcached server
    capture_start "$capture_file"
    c redis-cli -h 192.0.2.80 set level 3.1
    c redis-cli -h 192.0.2.80 get level
    c redis-cli -h 2001:db8::80 info server
    c redis-cli -h 192.0.2.80 lpush list a b c d
    printf 'set level 0 0 3\r\n3.1\r\nget level\r\nstats\r\nquit\r\n' | c ncat 192.0.2.80 11211
    capture_stop
}

topic_sql() {
    start_postgres server
    start_mysql server
    capture_start "$capture_file"
    c psql -h 192.0.2.80 -U postgres -c 'create table level(t timestamp, m float)' -c 'insert into level values (now(), 3.1)' -c 'select * from level'
    c psql -h 2001:db8::80 -U postgres -c 'select version()'
    c mariadb --no-defaults -h 192.0.2.80 -u weir --skip-ssl -e 'select version(); show databases'
    c mariadb --no-defaults -h 2001:db8::80 -u weir --skip-ssl -e 'select 1'
    c mariadb --no-defaults -h 192.0.2.80 -u nobody -pwrong -e 'select 1' || true
    capture_stop
}

topic_ftp() {
    start_ftp server
    start_tftp server
    capture_start "$capture_file"
    web ftp://192.0.2.80/levels.txt                       # passive
    web -P - ftp://192.0.2.80/                             # active
    web 'ftp://[2001:db8::80]/levels.txt'
    web ftp://anna:wrong@192.0.2.80/ || true
    web tftp://192.0.2.80/boot.img
    web 'tftp://[2001:db8::80]/boot.img'
    web tftp://192.0.2.80/missing || true
    capture_stop
}

topic_sip() {
    daemon server sipp-uas sipp -sn uas -rtp_echo -i 192.0.2.80 -p 5060 -nostdin
    sleep 1
    cp /usr/share/sip-tester/*.pcap "$work/" # the G.711 speech that sipp plays as RTP
    mkdir -p "$work/pcap" && cp /usr/share/sip-tester/*.pcap "$work/pcap/"
    capture_start "$capture_file"
    (cd "$work" && c sipp -sn uac 192.0.2.80:5060 -i 192.0.2.10 -p 5062 -m 2 -r 1 -d 500 -nostdin -s ben)
    (cd "$work" && c sipp -sn uac_pcap 192.0.2.80:5060 -i 192.0.2.10 -p 5064 -mp 16000 -m 1 -nostdin -s ben) || true
    capture_stop
}

topic_office() { # directory, authentication, logs
    start_ldap server
    start_radius server
    start_syslog server
    start_stun server
    printf 'dn: dc=example,dc=org\nobjectClass: dcObject\nobjectClass: organization\no: Weir\ndc: example\n\ndn: cn=Anna,dc=example,dc=org\nobjectClass: person\ncn: Anna\nsn: A\n' >"$work/tree.ldif"
    capture_start "$capture_file"
    c ldapadd -x -H ldap://192.0.2.80 -D cn=admin,dc=example,dc=org -w sesame -f "$work/tree.ldif"
    c ldapsearch -x -H ldap://192.0.2.80 -b dc=example,dc=org '(cn=Anna)'
    c ldapsearch -x -H 'ldap://[2001:db8::80]' -b dc=example,dc=org
    c radtest anna sesame 192.0.2.80 0 sesame
    c radtest anna wrong 192.0.2.80 0 sesame || true
    c logger -n 192.0.2.80 -d -P 514 --rfc3164 -t gauge 'level 3.1 m'
    c logger -n 192.0.2.80 -T -P 514 -t gauge 'level 3.2 m'
    c turnutils_stunclient 192.0.2.80
    c turnutils_uclient -u anna -w sesame -y -n 3 -m 1 192.0.2.80
    capture_stop
}

topic_things() { # CoAP, IRC, telnet, rsync, git, proxies, VNC
    local s
    for s in coap irc telnet rsync git proxy vnc nginx; do "start_$s" server; done
    capture_start "$capture_file"
    c coap-client-notls -m get coap://192.0.2.80/.well-known/core
    c coap-client-notls -m get 'coap://[2001:db8::80]/time'
    { printf 'NICK anna\r\nUSER anna 0 * :Anna\r\n'; sleep 1; printf 'JOIN #weir\r\nPRIVMSG #weir :level 3.1\r\nQUIT\r\n'; sleep 0.5; } | c ncat 192.0.2.80 6667
    { sleep 1; echo anna; sleep 0.5; } | c telnet -E 192.0.2.80 || true
    c rsync rsync://192.0.2.80/backup/backup.bin "$work/got.bin"
    c git clone -q git://192.0.2.80/weir.git "$work/clone-$RANDOM"
    web -x http://192.0.2.80:3128 http://192.0.2.80/blob.bin
    web --socks5 192.0.2.80:1080 http://192.0.2.80/
    daemon client vnc-screen Xtigervnc :8 -rfbport 5999 -SecurityTypes None -geometry 400x300 # what the viewer draws on
    wait_port client 5999
    DISPLAY=:8 HOME=$work on client timeout 2 xtigervncviewer -RemoteResize=0 192.0.2.80::5900 >"$work/vncviewer.log" 2>&1 || true
    capture_stop
}

topic_quic() {
    start_nginx server
    start_caddy server
    make_h3get
    capture_start "$capture_file"
    c "$work/h3get" 192.0.2.80:4433 https://www.example.org:4433/ 3
    c "$work/h3get" '[2001:db8::80]:4433' https://www.example.org:4433/blob.bin
    c "$work/h3get" 192.0.2.80:4433 https://www.youtube.com/numbers.txt
    HOME=$work on client timeout 10 chromium --headless=new --no-sandbox --disable-gpu --disable-background-networking \
        --user-data-dir="$work/chromium" --host-resolver-rules="MAP www.example.org 192.0.2.80, MAP * ~NOTFOUND" \
        --origin-to-force-quic-on=www.example.org:4433 --ignore-certificate-errors-spki-list="$(spki)" \
        --dump-dom https://www.example.org:4433/ >"$work/chromium.log" 2>&1
    capture_stop
}
