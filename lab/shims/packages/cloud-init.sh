#!/bin/sh
# cloud-init as far as it keeps /etc/hosts: by manage_etc_hosts, at every boot.
#   true, template  the file is made anew of the template: what was only written into it is lost
#   localhost       only the line of the host's own name is kept right
#   false           nothing is done
cloud=/etc/cloud
template=$cloud/templates/hosts.debian.tmpl

setting() { # the last word wins, as in cloud-init: its own file, then the folder, then user data
    cat $cloud/cloud.cfg $cloud/cloud.cfg.d/*.cfg /var/lib/cloud/instance/cloud-config.txt 2>/dev/null |
        sed -n "s/^$1:[[:space:]]*//p" | sed "s/[[:space:]]*\(#.*\)*\$//; s/^[\"']//; s/[\"']\$//" | tail -n 1
}

hosts() {
    name=$(cat /etc/hostname)
    fqdn=$(setting fqdn)
    : "${fqdn:=$name.lab.internal}"
    case "$(setting manage_etc_hosts)" in
        true | True | yes | template)
            [ -r "$template" ] || { echo "cloud-init: no template $template" >&2; return 1; }
            sed -e '/^## template:/d' -e "s/{{ *fqdn *}}/$fqdn/g; s/{{ *hostname *}}/$name/g" \
                "$template" >/etc/hosts.cloud-init || return 1 ;;
        localhost)
            {
                echo "127.0.1.1 $fqdn $name"
                grep -v '^127\.0\.1\.1[[:space:]]' /etc/hosts
            } >/etc/hosts.cloud-init ;;
        *) return 0 ;;
    esac
    mv /etc/hosts.cloud-init /etc/hosts
}

case "${1:-}" in
    init)
        [ ! -e $cloud/cloud-init.disabled ] || exit 0
        mkdir -p /run/cloud-init /var/lib/cloud/instance
        touch /run/cloud-init/enabled
        hosts ;;
    single)
        case "$*" in *update_etc_hosts*) hosts ;; esac ;;
    status)
        if [ -e /run/cloud-init/enabled ]; then echo "status: done"; else echo "status: disabled"; fi ;;
    --version | -v) echo "cloud-init 24.4-lab" ;;
    *) echo "usage: cloud-init init|single --name update_etc_hosts|status|--version" >&2; exit 2 ;;
esac
