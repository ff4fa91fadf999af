#!/bin/sh
# lsblk of the one solid-state disk that a host claims to have.
size=$(df -B1 --output=size / | tail -1 | tr -d ' ')
columns=NAME,MAJ:MIN,RM,SIZE,RO,TYPE,MOUNTPOINTS
heading=1
json=
while [ $# -gt 0 ]; do
    case "$1" in
        -o | --output) columns=$2; shift ;;
        -o?*) columns=${1#-o} ;;
        --output=*) columns=${1#--output=} ;;
        --noheadings) heading= ;;
        --json) json=1 ;;
        --*) ;;
        -*)
            case "$1" in *n*) heading= ;; esac
            case "$1" in *J*) json=1 ;; esac
            case "$1" in *o) columns=$2; shift ;; esac ;;
    esac
    shift
done
value() {
    case "$1" in
        NAME | KNAME) echo vda ;;
        PATH) echo /dev/vda ;;
        MAJ:MIN) echo 254:0 ;;
        RM | RO | ROTA) echo 0 ;;
        SIZE) echo "$size" ;;
        TYPE) echo disk ;;
        FSTYPE) echo ext4 ;;
        MOUNTPOINT | MOUNTPOINTS) echo / ;;
        *) echo "" ;;
    esac
}
names=$(echo "$columns" | tr , ' ' | tr '[:lower:]' '[:upper:]')
if [ -n "$json" ]; then
    pairs=
    for name in $names; do
        pairs="$pairs, \"$(echo "$name" | tr '[:upper:]' '[:lower:]')\": \"$(value "$name")\""
    done
    printf '{"blockdevices": [{%s}]}\n' "${pairs#, }"
    exit
fi
# shellcheck disable=SC2086 # the names are split on purpose
[ -z "$heading" ] || echo $names
line=
for name in $names; do line="$line $(value "$name")"; done
echo "${line# }"
