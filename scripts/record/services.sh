# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2154,SC2034 # names shared with the other pieces
# The servers, each with a small configuration of its own under $work.
# Every function starts its server on host $1, once.

declare -A started=()
once() { [[ -z ${started[$1]:-} ]] && started[$1]=1; }

# certificates: $work/tls/{ca,server,expired,selfsigned,client}.{pem,key}
make_certificates() {
    once certificates || return 0
    local d=$work/tls n
    mkdir -p "$d/db"
    for n in ca server expired selfsigned client rsa; do
        if [[ $n == rsa ]]; then openssl genrsa -out "$d/$n.key" 2048; else
            openssl ecparam -genkey -name prime256v1 -noout -out "$d/$n.key"; fi
    done 2>/dev/null
    cat >"$d/ca.cnf" <<-EOF
	[ca]
	default_ca = weir
	[weir]
	dir = $d/db
	new_certs_dir = $d/db
	database = $d/db/index
	rand_serial = yes
	default_md = sha256
	policy = any
	unique_subject = no
	copy_extensions = copy
	[any]
	commonName = supplied
	organizationName = optional
	[req]
	distinguished_name = dn
	[dn]
	EOF
    : >"$d/db/index"
    openssl req -x509 -new -key "$d/ca.key" -days 3650 -subj "/O=Weir Example/CN=Weir Example CA" -out "$d/ca.pem"
    local san=${certificate_names:-DNS:www.example.org,DNS:*.example.org,DNS:example.org,DNS:*.example.com,DNS:example.com,DNS:*.example.net,IP:192.0.2.80,IP:2001:db8::80}
    for n in server rsa; do
        certify $n "/O=Weir Example/CN=www.example.org" "subjectAltName=$san" "$(date -ud '-30 days' +%Y%m%d%H%M%SZ)" "$(date -ud '+300 days' +%Y%m%d%H%M%SZ)"
    done
    certify client "/O=Weir Example/CN=client.example.org" "extendedKeyUsage=clientAuth" "$(date -ud '-30 days' +%Y%m%d%H%M%SZ)" "$(date -ud '+300 days' +%Y%m%d%H%M%SZ)"
    certify expired "/O=Weir Example/CN=old.example.org" "subjectAltName=DNS:old.example.org" "$(date -ud '-800 days' +%Y%m%d%H%M%SZ)" "$(date -ud '-70 days' +%Y%m%d%H%M%SZ)"
    openssl req -x509 -new -key "$d/selfsigned.key" -days 3650 -subj "/CN=nas.example.net" -addext subjectAltName=DNS:nas.example.net -out "$d/selfsigned.pem"
    chmod 644 "$d"/*.key
}

certify() { # NAME SUBJECT EXTENSION FROM TO
    openssl req -new -key "$work/tls/$1.key" -subj "$2" -addext "$3" -config "$work/tls/ca.cnf" -out "$work/tls/$1.csr"
    openssl ca -batch -notext -config "$work/tls/ca.cnf" -cert "$work/tls/ca.pem" -keyfile "$work/tls/ca.key" \
        -startdate "$4" -enddate "$5" -in "$work/tls/$1.csr" -out "$work/tls/$1.pem" 2>/dev/null
}

start_dns() { # HOST: dnsmasq for example.org and friends
    once dns || return 0
    local txt
    txt=$(printf 'weir%.0s' {1..50})
    {
        printf '%s\n' port=53 no-resolv no-hosts no-daemon keep-in-foreground user=root local-ttl=300 edns-packet-max=1232 \
            local=/example.org/ local=/example.net/ local=/example.com/ local=/home.arpa/ auth-ttl=300 \
            host-record=www.example.org,192.0.2.80,2001:db8::80 host-record=files.example.org,192.0.2.80,2001:db8::80 \
            host-record=mail.example.org,192.0.2.80,2001:db8::80 host-record=ns.example.org,192.0.2.53,2001:db8::53 \
            cname=cdn.example.org,www.example.org mx-host=example.org,mail.example.org,10 \
            srv-host=_sip._udp.example.org,www.example.org,5060,10 txt-record=example.org,"v=spf1 mx -all" \
            ptr-record=80.2.0.192.in-addr.arpa,www.example.org
        local i
        for i in {1..12}; do echo "txt-record=big.example.org,\"$i$txt\""; done
        for i in {1..8}; do echo "txt-record=large.example.org,\"$i${txt:0:100}\""; done
    } | grep -v keep-in-foreground >"$work/dnsmasq.conf"
    daemon "$1" dnsmasq dnsmasq --conf-file="$work/dnsmasq.conf" --pid-file=
    wait_port "$1" 53
    printf 'nameserver 192.0.2.53\noptions timeout:1 attempts:1\n' >"$work/resolv.conf"
}

start_nginx() { # HOST: HTTP on 80, HTTPS on 443, a self-signed and an expired certificate on 8443 and 9443
    once nginx || return 0
    make_certificates
    local d=$work/nginx
    mkdir -p "$d/www/pages" "$d/log" "$d/tmp"
    head -c 30000 /dev/urandom >"$d/www/blob.bin"
    head -c 2000000 /dev/urandom >"$d/www/large.bin"
    seq 1 2000 >"$d/www/numbers.txt"
    echo '<!doctype html><title>Weir</title><h1>A weir measures the flow</h1>' >"$d/www/index.html"
    cat >"$d/nginx.conf" <<-EOF
	worker_processes 1;
	pid $d/pid;
	error_log $d/log/error.log;
	daemon off;
	user root;
	events { worker_connections 512; }
	http {
	  access_log off;
	  types { text/html html; text/plain txt; }
	  default_type application/octet-stream;
	  client_body_temp_path $d/tmp; proxy_temp_path $d/tmp; fastcgi_temp_path $d/tmp; uwsgi_temp_path $d/tmp; scgi_temp_path $d/tmp;
	  gzip on; gzip_types text/plain;
	  root $d/www;
	  ssl_session_tickets on;
	  server {
	    listen 80; listen [::]:80;
	    location = /moved { return 302 /index.html; }
	    location = /form { return 200 "thanks\n"; }
	    location = /broken { return 500; }
	  }
	  server { listen 81 http2; listen [::]:81 http2; }
	  server {
	    listen 443 ssl http2; listen [::]:443 ssl http2;
	    ssl_protocols TLSv1.2 TLSv1.3;
	    ssl_certificate $work/tls/server.pem; ssl_certificate_key $work/tls/server.key;
	  }
	  server { listen 8443 ssl; listen [::]:8443 ssl; ssl_certificate $work/tls/selfsigned.pem; ssl_certificate_key $work/tls/selfsigned.key; }
	  server { listen 9443 ssl; ssl_certificate $work/tls/expired.pem; ssl_certificate_key $work/tls/expired.key; }
	  server { listen 7443 ssl; ssl_certificate $work/tls/server.pem; ssl_certificate_key $work/tls/server.key;
	    ssl_client_certificate $work/tls/ca.pem; ssl_verify_client on; }
	}
	EOF
    daemon "$1" nginx nginx -c "$d/nginx.conf" -e "$d/log/error.log"
    wait_port "$1" 443
}

start_ssh() { # HOST
    once "ssh-$1" || return 0
    local d=$work/ssh
    if once ssh; then
        mkdir -p "$d"
        ssh-keygen -q -t ed25519 -N '' -f "$d/host"
        ssh-keygen -q -t ed25519 -N '' -f "$d/user"
        cp "$d/user.pub" "$d/authorized_keys"
        cat >"$d/sshd_config" <<-EOF
	Port 22
	HostKey $d/host
	AuthorizedKeysFile $d/authorized_keys
	StrictModes no
	UsePAM no
	PermitRootLogin prohibit-password
	Subsystem sftp internal-sftp
	PidFile none
	EOF
    fi
    daemon "$1" "sshd-$1" /usr/sbin/sshd -D -e -f "$d/sshd_config"
    wait_port "$1" 22
}

ssh_options() { echo -q -i "$work/ssh/user" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o BatchMode=yes; }

start_samba() { # HOST
    once samba || return 0
    local d=$work/samba
    mkdir -p "$d"/{private,state,cache,lock,share,ncalrpc,nmbd}
    chmod 777 "$d/share"
    cat >"$d/smb.conf" <<-EOF
	[global]
	workgroup = HOME
	netbios name = ${samba_name:-FILES}
	server role = standalone server
	map to guest = Bad User
	guest account = root
	private dir = $d/private
	state directory = $d/state
	cache directory = $d/cache
	lock directory = $d/lock
	pid directory = $d/lock
	ncalrpc dir = $d/ncalrpc
	nmbd:socket dir = $d/nmbd
	interfaces = lo eth0
	bind interfaces only = no
	log file = $d/log
	load printers = no
	printing = bsd
	printcap name = /dev/null
	disable spoolss = yes
	server min protocol = NT1
	smb ports = 445 139
	[share]
	path = $d/share
	guest ok = yes
	read only = no
	EOF
    printf 'weir\nweir\n' | smbpasswd -c "$d/smb.conf" -s -a root >/dev/null
    daemon "$1" smbd smbd -F --no-process-group -s "$d/smb.conf"
    daemon "$1" nmbd nmbd -F --no-process-group -s "$d/smb.conf"
    wait_port "$1" 445
}

start_mail() { # HOST: aiosmtpd on 25 (STARTTLS) and 465, Dovecot's IMAP and POP3, plain and TLS
    once mail || return 0
    make_certificates
    local d=$work/mail c=$work/tls/server i
    mkdir -p "$d/box" "$d/run"
    for i in 0.0.0.0 ::; do
        daemon "$1" "smtpd-$i" aiosmtpd -n -c aiosmtpd.handlers.Sink -l "$i:25" --tlscert "$c.pem" --tlskey "$c.key" --no-requiretls
        daemon "$1" "smtpsd-$i" aiosmtpd -n -c aiosmtpd.handlers.Sink -l "$i:465" --smtpscert "$c.pem" --smtpskey "$c.key"
    done
    cat >"$d/dovecot.conf" <<-EOF
	base_dir = $d/run
	state_dir = $d/run
	log_path = $d/log
	protocols = imap pop3
	disable_plaintext_auth = no
	mail_location = mbox:$d/box:INBOX=$d/box/inbox
	mail_access_groups =
	first_valid_uid = 0
	default_login_user = dovenull
	default_internal_user = dovecot
	ssl = yes
	ssl_cert = <$work/tls/server.pem
	ssl_key = <$work/tls/server.key
	passdb {
	  driver = static
	  args = password=sesame
	}
	userdb {
	  driver = static
	  args = uid=nobody gid=nogroup home=$d/box
	}
	EOF
    for i in 1 2 3; do
        printf 'From anna@example.org Mon Jan  1 10:00:00 2024\nFrom: anna@example.org\nTo: ben@example.org\nSubject: Water level %s\nMessage-ID: <%s@example.org>\n\nThe weir holds.\n\n' $i $i
    done >"$d/box/inbox"
    chown -R nobody:nogroup "$d/box"
    daemon "$1" dovecot dovecot -F -c "$d/dovecot.conf"
    wait_port "$1" 25
    wait_port "$1" 143
}

start_ntp() { # HOST
    once ntp || return 0
    printf 'local stratum 3\nallow all\ncmdport 0\npidfile %s\ndriftfile %s\n' "$work/chrony.pid" "$work/chrony.drift" >"$work/chrony.conf"
    daemon "$1" chronyd chronyd -d -x -u root -f "$work/chrony.conf"
    wait_port "$1" 123
}

start_mqtt() { # HOST: 1883 and, with TLS, 8883
    once mqtt || return 0
    make_certificates
    cat >"$work/mosquitto.conf" <<-EOF
	allow_anonymous true
	user root
	listener 1883
	listener 8883
	certfile $work/tls/server.pem
	keyfile $work/tls/server.key
	EOF
    daemon "$1" mosquitto mosquitto -c "$work/mosquitto.conf"
    wait_port "$1" 8883
}

start_snmp() { # HOST
    once snmp || return 0
    mkdir -p "$work/snmp"
    printf 'rocommunity public\nrocommunity6 public\nsysName %s\nsysLocation attic\nagentaddress udp:161,udp6:[::]:161\ncreateUser weir SHA sesame-sesame AES sesame-sesame\nrouser weir priv\n' gauge >"$work/snmp/snmpd.conf"
    SNMP_PERSISTENT_DIR=$work/snmp daemon "$1" snmpd snmpd -f -Lo -C -c "$work/snmp/snmpd.conf" -p "$work/snmp/pid"
    wait_port "$1" 161
}

start_redis() { # HOST
    once redis || return 0
    daemon "$1" redis redis-server --port 6379 --bind '*' '-::*' --protected-mode no --save '' --dir "$work"
    wait_port "$1" 6379
}

start_memcached() { # HOST
    once memcached || return 0
    daemon "$1" memcached memcached -u root -p 11211 -U 0 -m 8
    wait_port "$1" 11211
}

start_postgres() { # HOST
    once postgres || return 0
    local d=$work/postgres bin
    bin=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
    install -d -o postgres "$d"
    setpriv --reuid postgres --regid postgres --clear-groups "$bin/initdb" -D "$d/db" -A trust -N >/dev/null
    echo 'host all all all trust' >>"$d/db/pg_hba.conf"
    daemon "$1" postgres setpriv --reuid postgres --regid postgres --clear-groups "$bin/postgres" -D "$d/db" -k "$d" -h '*' -c fsync=off
    wait_port "$1" 5432
    sleep 0.5
}

start_mysql() { # HOST
    once mysql || return 0
    local d=$work/mysql
    install -d -o mysql "$d"
    printf '[mysqld]\n' >"$d/my.cnf"
    mariadb-install-db --no-defaults --datadir="$d/db" --user=mysql --tmpdir="$d" --auth-root-authentication-method=normal --skip-test-db >/dev/null 2>&1
    daemon "$1" mariadb mariadbd --no-defaults --datadir="$d/db" --user=mysql --tmpdir="$d" --socket="$d/sock" --bind-address="*" --port=3306 --skip-name-resolve --pid-file="$d/pid" --innodb-buffer-pool-size=16M
    wait_port "$1" 3306
    mariadb --no-defaults -S "$d/sock" -u root -e "CREATE USER 'weir'@'%'; GRANT ALL ON *.* TO 'weir'@'%'"
}

start_tftp() { # HOST
    once tftp || return 0
    mkdir -p "$work/tftp"
    head -c 20000 /dev/urandom >"$work/tftp/boot.img"
    chmod -R a+rwX "$work/tftp"
    daemon "$1" tftpd in.tftpd --listen --foreground --user nobody --create --secure --address :69 "$work/tftp"
    wait_port "$1" 69
}

start_ftp() { # HOST
    once ftp || return 0
    mkdir -p "$work/ftp" /run/vsftpd/empty
    seq 1 1500 >"$work/ftp/levels.txt"
    cat >"$work/vsftpd.conf" <<-EOF
	listen_ipv6=YES
	listen=NO
	background=NO
	anonymous_enable=YES
	local_enable=NO
	anon_root=$work/ftp
	secure_chroot_dir=/run/vsftpd/empty
	pasv_min_port=40000
	pasv_max_port=40100
	seccomp_sandbox=NO
	isolate_network=NO
	EOF
    daemon "$1" vsftpd vsftpd "$work/vsftpd.conf"
    wait_port "$1" 21
}

start_ldap() { # HOST
    once ldap || return 0
    local d=$work/ldap
    mkdir -p "$d/db"
    cat >"$d/slapd.conf" <<-EOF
	include /etc/ldap/schema/core.schema
	include /etc/ldap/schema/cosine.schema
	include /etc/ldap/schema/inetorgperson.schema
	modulepath /usr/lib/ldap
	moduleload back_mdb
	database mdb
	suffix dc=example,dc=org
	rootdn cn=admin,dc=example,dc=org
	rootpw sesame
	directory $d/db
	EOF
    daemon "$1" slapd slapd -d 0 -h 'ldap://0.0.0.0:389/ ldap://[::]:389/' -f "$d/slapd.conf"
    wait_port "$1" 389
}

start_radius() { # HOST
    once radius || return 0
    cp -rL /etc/freeradius/3.0 "$work/radius"
    printf 'client lan {\n ipaddr = 0.0.0.0/0\n secret = sesame\n}\n' >"$work/radius/clients.conf"
    printf 'anna Cleartext-Password := "sesame"\n Reply-Message := "Hello"\n' >"$work/radius/mods-config/files/authorize"
    rm -f "$work"/radius/sites-enabled/* "$work/radius/mods-enabled/eap"
    cat >"$work/radius/sites-enabled/lab" <<-EOF
	server lab {
	  listen {
	    type = auth
	    ipaddr = *
	    port = 1812
	  }
	  authorize {
	    files
	    pap
	  }
	  authenticate {
	    pap
	  }
	}
	EOF
    chmod -R a+rX "$work/radius"
    daemon "$1" radius freeradius -f -l stdout -d "$work/radius"
    wait_port "$1" 1812
}

start_stun() { # HOST
    once stun || return 0
    daemon "$1" coturn turnserver -n -L 0.0.0.0 --no-tls --no-dtls --no-cli --lt-cred-mech -u anna:sesame -r example.org --log-file stdout --pidfile "$work/turn.pid" --userdb "$work/turn.db"
    wait_port "$1" 3478
}

start_telnet() { # HOST
    once telnet || return 0
    daemon "$1" telnetd socat TCP6-LISTEN:23,fork,reuseaddr,ipv6-v6only=0 EXEC:"/usr/sbin/telnetd -h -E /bin/echo\ Welcome\ to\ the\ weir",pty,raw,echo=0
    wait_port "$1" 23
}

start_syslog() { # HOST
    once syslog || return 0
    printf 'module(load="imudp")\nmodule(load="imtcp")\ninput(type="imudp" port="514")\ninput(type="imtcp" port="514")\n*.* %s\n' "$work/syslog.out" >"$work/rsyslog.conf"
    daemon "$1" rsyslogd rsyslogd -n -f "$work/rsyslog.conf" -i "$work/rsyslog.pid"
    wait_port "$1" 514
}

start_coap() { # HOST
    once coap || return 0
    daemon "$1" coap coap-server-notls -A ::
    wait_port "$1" 5683
}

start_irc() { # HOST
    once irc || return 0
    printf '[Global]\nName = irc.example.org\nInfo = weir\nListen = 0.0.0.0,::\nPorts = 6667\nServerUID = irc\nServerGID = irc\nMotdPhrase = "water"\n[Limits]\nMaxNickLength = 12\n[Options]\nDNS = no\nIdent = no\nPAM = no\nChrootDir = /run\n' >"$work/ngircd.conf"
    daemon "$1" ngircd ngircd -n -f "$work/ngircd.conf"
    wait_port "$1" 6667
}

start_rsync() { # HOST
    once rsync || return 0
    mkdir -p "$work/rsync"
    head -c 15000 /dev/urandom >"$work/rsync/backup.bin"
    printf 'use chroot = no\nuid = root\n[backup]\npath = %s\nread only = yes\n' "$work/rsync" >"$work/rsyncd.conf"
    daemon "$1" rsyncd rsync --daemon --no-detach --config="$work/rsyncd.conf" --port=873
    wait_port "$1" 873
}

start_git() { # HOST
    once git || return 0
    git init -q --bare "$work/git/weir.git"
    git init -q "$work/gitsrc"
    head -c 3000 /dev/urandom | base64 >"$work/gitsrc/file"
    git -C "$work/gitsrc" add . && git -C "$work/gitsrc" -c user.name=a -c user.email=a@example.org commit -qm "first stone"
    git -C "$work/gitsrc" push -q "$work/git/weir.git" HEAD:refs/heads/master
    daemon "$1" gitd git -c safe.directory='*' daemon --export-all --base-path="$work/git" --reuseaddr
    wait_port "$1" 9418
}

start_proxy() { # HOST: HTTP proxy on 3128, SOCKS on 1080
    once proxy || return 0
    printf 'Port 3128\nTimeout 30\nMaxClients 10\nLogLevel Error\n' >"$work/tinyproxy.conf"
    daemon "$1" tinyproxy tinyproxy -d -c "$work/tinyproxy.conf"
    printf 'logoutput: stderr\ninternal: 0.0.0.0 port = 1080\nexternal: eth0\nsocksmethod: none\nclientmethod: none\nuser.privileged: root\nuser.unprivileged: root\nclient pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }\nsocks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }\n' >"$work/danted.conf"
    daemon "$1" danted danted -f "$work/danted.conf" -p "$work/danted.pid"
    wait_port "$1" 3128
    wait_port "$1" 1080
}

start_vnc() { # HOST
    once vnc || return 0
    mkdir -p /tmp/.X11-unix
    daemon "$1" vnc Xtigervnc :7 -rfbport 5900 -SecurityTypes None -geometry 320x240 -depth 16 -localhost=0
    wait_port "$1" 5900
}

start_caddy() { # HOST: HTTP/3 on 4433
    once caddy || return 0
    make_certificates
    mkdir -p "$work/caddy"
    cat >"$work/caddy/Caddyfile" <<-EOF
	{
	  admin off
	  auto_https off
	  default_sni www.example.org
	  servers {
	    protocols ${caddy_protocols:-h1 h2 h3}
	  }
	}
	:${caddy_port:-4433} {
	  tls $work/tls/server.pem $work/tls/server.key
	  root * $work/nginx/www
	  file_server
	}
	EOF
    HOME=$work/caddy XDG_DATA_HOME=$work/caddy XDG_CONFIG_HOME=$work/caddy daemon "$1" caddy caddy run --config "$work/caddy/Caddyfile"
    wait_port "$1" "${caddy_port:-4433}"
}

make_h3get() { # an HTTP/3 client, built from Debian's quic-go
    [[ -x $work/h3get ]] ||
        HOME=$work GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE=$work/go go build -o "$work/h3get" "$pieces/h3get.go"
}

spki() { # the server key's hash, as Chromium wants it
    openssl x509 -in "$work/tls/server.pem" -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64
}
