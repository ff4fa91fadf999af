#!/bin/sh
# chronyc of a host whose clock is as wrong as the lab has set it.
offset=0
[ -r /lab/clock-offset ] && read -r offset </lab/clock-offset
case "${1:-tracking}" in
    tracking)
        side=fast
        [ "$offset" -ge 0 ] || { side=slow; offset=${offset#-}; }
        leap=Normal
        [ "$offset" -eq 0 ] || leap="Not synchronised"
        cat <<END
Reference ID    : 0A4F0001 (10.79.0.1)
Stratum         : 3
Ref time (UTC)  : $(/usr/bin/date -u '+%a %b %d %H:%M:%S %Y')
System time     : $offset.000000000 seconds $side of NTP time
Last offset     : +0.000000000 seconds
RMS offset      : 0.000000000 seconds
Leap status     : $leap
END
        ;;
    makestep) rm -f /lab/clock-offset; echo "200 OK" ;;
    waitsync) [ "$offset" -eq 0 ] ;;
    *) echo "Unrecognized command" >&2; exit 1 ;;
esac
