#!/bin/sh
# modprobe that remembers the modules it was asked for: a lab host shares the machine's kernel.
state=/var/lib/lab/modules
remove=
dry=
for word in "$@"; do
    shift
    case "$word" in
        -r | --remove) remove=1 ;;
        -n | --dry-run | --show) dry=1 ;;
        -*) ;;
        *=*) ;;
        *) set -- "$@" "$(echo "$word" | tr - _)" ;;
    esac
done
[ "$(id -u)" = 0 ] || { echo "modprobe: ERROR: could not insert '$1': Operation not permitted" >&2; exit 1; }
[ -z "$dry" ] || exit 0
touch "$state"
for module in "$@"; do
    if [ -n "$remove" ]; then
        sed -i "/^$module\$/d" "$state"
    else
        grep -qx -- "$module" "$state" || echo "$module" >>"$state"
    fi
done
