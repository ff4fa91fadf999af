#!/bin/sh
# date on a host whose clock may be wrong by the seconds in /lab/clock-offset.
offset=0
[ -r /lab/clock-offset ] && read -r offset </lab/clock-offset
[ "$offset" -ne 0 ] || exec /usr/bin/date "$@"
for word in "$@"; do
    case "$word" in
        # A date that is given rather than asked for does not depend on the clock.
        -d | -d?* | --date | --date=* | -r | -r?* | --reference=* | -f | --file=* | --help | --version)
            exec /usr/bin/date "$@" ;;
    esac
done
now=$(/usr/bin/date +%s.%N)
exec /usr/bin/date -d "@$((${now%.*} + offset)).${now#*.}" "$@"
