#!/bin/sh
# ufw with real effect: while active, the host's own packet filter drops what no rule allows.
state=/etc/ufw/lab-rules
active=/etc/ufw/lab-active
mkdir -p /etc/ufw
touch "$state"
[ "$(id -u)" = 0 ] || { echo "ERROR: You need to be root to run this script" >&2; exit 1; }

matches() { # the nft match of one rule such as "16443/tcp", "in on cali+", "from 10.0.0.0/8"
    case "$1" in
        "in on "*) interface=${1#in on }; echo "iifname \"$(echo "${interface%% *}" | tr + '*')\"" ;;
        "out on "*) ;;
        from\ *)
            set -- $1
            source=$2
            port=
            while [ $# -gt 0 ]; do [ "$1" = port ] && port=$2; shift; done
            [ "$source" = any ] && source=0.0.0.0/0
            echo "ip saddr $source${port:+ tcp dport $port}" ;;
        OpenSSH | ssh) echo "tcp dport 22" ;;
        */udp) echo "udp dport ${1%/udp}" ;;
        */tcp) echo "tcp dport $(echo "${1%/tcp}" | tr : -)" ;;
        [0-9]*) echo "meta l4proto { tcp, udp } th dport $1" ;;
    esac
}

apply() {
    {
        echo "table inet ufw"
        echo "delete table inet ufw"
        if [ -f "$active" ]; then
            echo "table inet ufw {"
            echo "chain input {"
            echo "type filter hook input priority 0; policy drop;"
            echo 'iif "lo" accept'
            echo "ct state established,related accept"
            echo "ip protocol icmp accept"
            while IFS='|' read -r verb rule; do
                match=$(matches "$rule")
                [ -z "$match" ] || echo "$match $([ "$verb" = allow ] && echo accept || echo drop)"
            done <"$state"
            echo "}"
            echo "}"
        fi
    } | nft -f - || { echo "ERROR: problem running ufw" >&2; exit 1; }
}

status() {
    if [ ! -f "$active" ]; then
        echo "Status: inactive"
        return
    fi
    printf 'Status: active\n\n%-27s%-12s%s\n%-27s%-12s%s\n' To Action From -- ------ ----
    while IFS='|' read -r verb rule; do
        printf '%-27s%-12s%s\n' "$rule" "$(echo "$verb" | tr '[:lower:]' '[:upper:]')" Anywhere
    done <"$state"
}

change() {
    if grep -qxF -- "$1|$2" "$state"; then
        echo "Skipping adding existing rule"
        return
    fi
    echo "$1|$2" >>"$state"
    apply
    if [ -f "$active" ]; then echo "Rule added"; else echo "Rules updated"; fi
}

[ "${1:-}" != --force ] || shift
verb=${1:-status}
[ $# -eq 0 ] || shift
case "$verb" in
    status) status ;;
    enable) touch "$active"; apply; echo "Firewall is active and enabled on system startup" ;;
    disable) rm -f "$active"; apply; echo "Firewall stopped and disabled on system startup" ;;
    reload) apply; echo "Firewall reloaded" ;;
    reset) rm -f "$active"; : >"$state"; apply ;;
    allow | deny | limit) [ "$verb" = limit ] && verb=allow; change "$verb" "$(echo "$*" | sed 's/ comment .*//; s/^proto [a-z]* //')" ;;
    delete)
        verb=$1
        shift
        rule="$verb|$*"
        grep -vxF -- "$rule" "$state" >"$state.new"
        mv "$state.new" "$state"
        apply
        echo "Rule deleted" ;;
    default | logging) echo "Default policy changed" ;;
    *) echo "ERROR: Invalid syntax" >&2; exit 1 ;;
esac
