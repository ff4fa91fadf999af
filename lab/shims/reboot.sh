#!/bin/sh
# Asks the host's first process for a reboot (or, as poweroff, halt and shutdown -h, to go off).
number=HUP
case "${0##*/}" in poweroff | halt) number=TERM ;; esac
if [ "${0##*/}" = shutdown ]; then
    number=TERM
    for word in "$@"; do
        case "$word" in -r | --reboot) number=HUP ;; -c) exit 0 ;; esac
    done
fi
if [ "$(id -u)" != 0 ]; then
    echo "Failed to ${0##*/} system: Interactive authentication required." >&2
    exit 1
fi
# In the background, so that the command itself succeeds before the host goes away.
setsid sh -c "sleep 0.1; kill -$number 1" >/dev/null 2>&1 </dev/null &
