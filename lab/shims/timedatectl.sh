#!/bin/sh
# timedatectl of a host whose clock counts as synchronised unless the lab has set it wrong.
state=/var/lib/lab/ntp
offset=0
[ -r /lab/clock-offset ] && read -r offset </lab/clock-offset
ntp=yes
[ -r "$state" ] && read -r ntp <"$state"
synchronised=yes
[ "$offset" -eq 0 ] && [ "$ntp" = yes ] || synchronised=no
zone=$(cat /etc/timezone 2>/dev/null || echo Etc/UTC)

properties() {
    cat <<END
Timezone=$zone
LocalRTC=no
CanNTP=yes
NTP=$ntp
NTPSynchronized=$synchronised
TimeUSec=$(date '+%a %Y-%m-%d %H:%M:%S %Z')
END
}

show() {
    wanted=
    value=
    while [ $# -gt 0 ]; do
        case "$1" in
            -p | --property) wanted="$wanted $2"; shift ;;
            -p?*) wanted="$wanted ${1#-p}" ;;
            --property=*) wanted="$wanted ${1#--property=}" ;;
            --value) value=1 ;;
        esac
        shift
    done
    properties | while IFS='=' read -r name rest; do
        case "${wanted:- $name} " in *" $name "*) ;; *) continue ;; esac
        if [ -n "$value" ]; then echo "$rest"; else echo "$name=$rest"; fi
    done
}

status() {
    active=inactive
    [ "$ntp" = yes ] && active=active
    cat <<END
               Local time: $(date '+%a %Y-%m-%d %H:%M:%S %Z')
           Universal time: $(date -u '+%a %Y-%m-%d %H:%M:%S UTC')
                 RTC time: $(date -u '+%a %Y-%m-%d %H:%M:%S')
                Time zone: $zone ($(date '+%Z, %z'))
System clock synchronized: $synchronised
              NTP service: $active
          RTC in local TZ: no
END
}

case "${1:-status}" in
    show) shift; show "$@" ;;
    status) status ;;
    set-ntp)
        case "${2:-}" in true | yes | 1) echo yes >"$state" ;; false | no | 0) echo no >"$state" ;;
            *) echo "Failed to parse NTP setting: ${2:-}" >&2; exit 1 ;;
        esac ;;
    set-timezone) echo "${2:?}" >/etc/timezone ;;
    *) echo "Unknown command verb $1." >&2; exit 1 ;;
esac
