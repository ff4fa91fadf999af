#!/bin/sh
# hostnamectl over the host's own name and /etc/hostname, without systemd-hostnamed.
for word in "$@"; do
    shift
    case "$word" in --static | --transient | --pretty | --no-ask-password) ;; *) set -- "$@" "$word" ;; esac
done
change() {
    hostname "$1" || exit 1
    echo "$1" >/etc/hostname
}
case "${1:-status}" in
    hostname) if [ -n "${2:-}" ]; then change "$2"; else cat /etc/hostname; fi ;;
    set-hostname) change "${2:?}" ;;
    status)
        cat <<END
 Static hostname: $(cat /etc/hostname)
       Icon name: computer-vm
         Chassis: vm
      Machine ID: $(cat /etc/machine-id)
  Virtualization: lab
Operating System: $(. /etc/os-release && echo "$PRETTY_NAME")
          Kernel: $(uname -s) $(uname -r)
    Architecture: $(uname -m | sed 's/_/-/; s/x86-64/x86-64/')
END
        ;;
    *) echo "Unknown command verb $1." >&2; exit 1 ;;
esac
