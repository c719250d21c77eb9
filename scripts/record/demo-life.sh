# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2154 # work, spki and ssh_options come from demo.sh
# The words of demo-life.tsv. Read by bash (BASH_ENV) on the host that does them.

get() { curl -sS --max-time "${GET_TIME:-280}" --connect-timeout 4 --cacert "$work/tls/ca.pem" "$@" >/dev/null; }
visit() { local u; for u in "$@"; do get --compressed "$u" "${u}blob.bin" "${u}numbers.txt" & done; wait; }

# stream FROM-TO SECONDS BYTES URL: a film in segments, over one connection
stream() { get --http1.1 --rate "$((60 / $2))/m" -r "0-$3" "$4?[$1]"; }

h3() { # [-n COUNT] [-p PAUSE] [-t] ADDR URL
    local n=1 p=0s
    while [[ $1 == -* ]]; do
        case $1 in -n) n=$2; shift ;; -p) p=$2; shift ;; esac
        shift
    done
    "$work/h3get" "$1:443" "$2" "$n" "$p"
}
chrome() {
    local d=$work/chrome-$RANDOM
    HOME=$d timeout 15 chromium --headless=new --no-sandbox --disable-gpu --disable-background-networking --disable-extensions \
        --user-data-dir="$d" --origin-to-force-quic-on=www.youtube.com:443,www.google.com:443 \
        --ignore-certificate-errors --ignore-certificate-errors-spki-list="$spki" --dump-dom "$1"
    rm -rf "$d"
}
tls_on() { { sleep 250; } | timeout 260 openssl s_client -quiet -connect "$2:$1" -servername "$2" -alpn http/1.1; }
push_connection() { tls_on 5223 1-courier.push.apple.com; }
mails() {
    get -k 'imaps://imap.gmail.com/INBOX' -u ben:sesame
    get 'imap://mail.example.org/INBOX;MAILINDEX=1' -u ben:sesame
    get 'pop3://mail.example.org/1' -u ben:sesame
    get -k smtps://smtp.gmail.com --mail-from anna@example.org --mail-rcpt ben@example.org -T "$work/letter"
    get smtp://mail.example.org --mail-from anna@example.org --mail-rcpt ben@example.org -T "$work/letter"
}
smb_up() {
    local f=$work/up-$RANDOM
    head -c "$1" /dev/zero >"$f"
    smbclient -N //192.168.1.50/share -c "put $f film-$RANDOM.mkv; ls"
    rm -f "$f"
}
ntp() { chronyd -Q -t 4 -u root "server $1 iburst maxsamples 2" 'cmdport 0' "pidfile $work/ntp-$BASHPID.pid"; }
stun() { turnutils_stunclient stun.l.google.com; }
doh() { curl -sS -o /dev/null --max-time 5 --cacert "$work/tls/ca.pem" -H 'accept: application/dns-message' 'https://cloudflare-dns.com/dns-query?dns=AAABAAABAAAAAAAAA3d3dwdleGFtcGxlA29yZwAAAQAB'; }
ssdp() { timeout 4 upnpc -m eth0 -s; }
irc_chat() { { printf 'NICK clara\r\nUSER clara 0 * :Clara\r\n'; sleep 1; printf 'JOIN #weir\r\n'; sleep 40; printf 'PRIVMSG #weir :the water rises\r\nQUIT\r\n'; } | ncat irc.libera.chat 6667; }
git_ssh() {
    # shellcheck disable=SC2086
    ssh $ssh_options root@github.com 'head -c 300000 /dev/urandom' >/dev/null
    # shellcheck disable=SC2086
    ssh $ssh_options root@192.168.1.50 'uptime'
}
sql() {
    psql -h 192.168.1.51 -U postgres -c 'select version()' -c 'select count(*) from pg_class'
    mariadb --no-defaults -h 192.168.1.51 -u weir --skip-ssl -e 'show databases'
}
call() { # SIP with RTP, there and back
    cd "$work" && timeout 60 sipp -sn uac_pcap "$(getent ahostsv4 sip.example.net | head -1 | cut -d' ' -f1):5060" -i 192.168.1.38 -p 5064 -mp 16000 -m 2 -l 1 -nostdin -s clara
}
rtp_call() { cd "$work" && timeout 60 sipp -sn uac_pcap "$(getent ahostsv4 sip.example.net | head -1 | cut -d' ' -f1):5060" -i 192.168.20.34 -p 5066 -mp 17000 -m 1 -nostdin -s door; }
vpn() { timeout 250 openvpn --dev null --proto udp --secret "$work/vpn.key" --cipher AES-256-CBC --remote vpn.example.net --nobind --ping 5 --verb 1 --ifconfig-noexec; }
mtr_like() { nmap -n -Pn -sn --traceroute 8.8.8.8; ping -q -c 1 -W 1 192.168.1.99; get http://192.168.1.50:9/; }
ftp_get() { get ftp://192.168.1.50/levels.txt; get ftp://anna:wrong@192.168.1.50/levels.txt; }
tftp_get() { get tftp://192.168.1.50/boot.img; }
redis_talk() {
    local i
    for i in {1..40}; do
        redis-cli -h 192.168.1.51 set "level:$i" "$RANDOM"
        printf 'get level\r\nquit\r\n' | ncat 192.168.1.51 11211
        sleep 6
    done
}
rdp_like_vnc() {
    Xtigervnc :9 -rfbport 5998 -SecurityTypes None -geometry 400x300 &
    sleep 1
    DISPLAY=:9 HOME=$work timeout 60 xtigervncviewer -RemoteResize=0 192.168.1.51::5900
    kill %1
}
telnet_in() { { sleep 1; echo admin; sleep 1; echo 12345; sleep 2; } | timeout 8 telnet -E "$1"; }
torrent() {
    timeout 200 aria2c -q --enable-dht=false --enable-dht6=false --seed-time=0 --max-download-limit=80K --bt-enable-lpd=true \
        --bt-tracker=http://tracker.example.net:6969/announce --listen-port=6882 --file-allocation=none -d "$work/torrent-in" "$work/film.torrent"
}
