#!/bin/sh
# sysctl: net.* is the host's own and real; other settings belong to the machine's kernel, so
# this host only remembers what it was told, in /var/lib/lab/sysctl. What /var/lib/lab/fixed names
# the kernel itself shows and refuses to change.
real=/usr/sbin/sysctl
[ -x "$real" ] || real=/sbin/sysctl
state=/var/lib/lab/sysctl
fixed=/var/lib/lab/fixed
names=
values=
quiet=
status=0

show() {
    [ -z "$quiet" ] || return 0
    if [ -n "$values" ]; then echo "$2"; elif [ -n "$names" ]; then echo "$1"; else echo "$1 = $2"; fi
}

write() {
    key=$(echo "$1" | tr / . | sed 's/[[:space:]]*$//; s/^[[:space:]]*//; s/^-//')
    value=$(echo "$2" | sed 's/^[[:space:]]*//; s/[[:space:]]*$//')
    case "$key" in
        net.*) "$real" ${quiet:+-q} ${values:+-n} "$key=$value" || status=$?; return ;;
    esac
    if [ -e "$fixed/$key" ]; then
        "$real" ${quiet:+-q} ${values:+-n} "$key=$value" || status=$?
        return
    fi
    if [ ! -e "/proc/sys/$(echo "$key" | tr . /)" ]; then
        echo "sysctl: cannot stat /proc/sys/$(echo "$key" | tr . /): No such file or directory" >&2
        status=255
    elif [ "$(id -u)" != 0 ]; then
        echo "sysctl: permission denied on key \"$key\"" >&2
        status=255
    else
        mkdir -p "$state"
        echo "$value" >"$state/$key"
        show "$key" "$value"
    fi
}

read_one() {
    key=$(echo "$1" | tr / .)
    if [ -f "$state/$key" ] && [ ! -e "$fixed/$key" ]; then
        show "$key" "$(cat "$state/$key")"
    else
        "$real" ${values:+-n} ${names:+-N} ${ignore:+-e} "$1" || status=$?
    fi
}

load() {
    [ -r "$1" ] || { echo "sysctl: cannot open \"$1\": No such file or directory" >&2; status=255; return; }
    while IFS= read -r line || [ -n "$line" ]; do
        case "$line" in
            \#* | \;* | "") ;;
            *=*) write "${line%%=*}" "${line#*=}" ;;
        esac
    done <"$1"
}

everything() {
    "$real" -a 2>/dev/null | while IFS= read -r line; do
        key=${line%% =*}
        if [ -f "$state/$key" ]; then echo "$key = $(cat "$state/$key")"; else echo "$line"; fi
    done
}

mode=
while [ $# -gt 0 ]; do
    case "$1" in
        -w | --write) ;;
        -q | --quiet) quiet=1 ;;
        -qw | -wq) quiet=1 ;;
        -n | --values) values=1 ;;
        -N | --names) names=1 ;;
        -e | --ignore) ignore=1 ;;
        -a | -A | --all) everything; exit ;;
        --system)
            for file in /usr/lib/sysctl.d/*.conf /etc/sysctl.d/*.conf /etc/sysctl.conf; do
                case "$file" in /usr/lib/*) continue ;; esac
                [ -f "$file" ] || continue
                echo "* Applying $file ..."
                load "$file"
            done
            exit "$status" ;;
        -p | --load) mode=load; [ $# -gt 1 ] || load /etc/sysctl.conf ;;
        -p?*) mode=load; load "${1#-p}" ;;
        --load=*) mode=load; load "${1#--load=}" ;;
        -*) exec "$real" "$@" ;;
        *)
            if [ "$mode" = load ]; then
                load "$1"
            else
                case "$1" in *=*) write "${1%%=*}" "${1#*=}" ;; *) read_one "$1" ;; esac
            fi ;;
    esac
    shift
done
exit "$status"
