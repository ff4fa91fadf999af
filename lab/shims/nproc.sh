#!/bin/sh
# nproc for the number of processors that this host claims to have.
case "${1:-}" in
    --help | --version) exec /usr/bin/nproc "$1" ;;
esac
count=$(getconf _NPROCESSORS_ONLN)
ignored=0
for word in "$@"; do
    case "$word" in --ignore=*) ignored=${word#--ignore=} ;; esac
done
left=$((count - ignored))
[ "$left" -ge 1 ] || left=1
echo "$left"
