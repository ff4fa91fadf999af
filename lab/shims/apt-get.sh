#!/bin/sh
# apt-get of a host without a package source: a few well-known packages "install" by entering
# dpkg's list; all else is unknown to it. What can be upgraded stands, a name a line, in a file of
# the lab, as does what is kept back.
known=" chrony curl jq nfs-common open-iscsi snapd ufw ca-certificates apt-transport-https gnupg "
status_file=/var/lib/dpkg/status
upgradable=/var/lib/lab/upgradable
kept_back=/var/lib/lab/kept-back
verb=
packages=
only_tells=
for word in "$@"; do
    case "$word" in
        -s | --simulate | --dry-run) only_tells=yes ;;
        -*) ;;
        *::*=*) ;;
        *) if [ -z "$verb" ]; then verb=$word; else packages="$packages ${word%%=*}"; fi ;;
    esac
done
case "$verb" in
    upgrade | dist-upgrade)
        echo "Reading package lists... Done"
        [ "$verb" = upgrade ] || kept_too=$kept_back
        for name in $(cat "$upgradable" ${kept_too:+"$kept_too"} 2>/dev/null); do
            [ -n "$only_tells" ] && echo "Inst $name [1.0-lab] (1.1-lab lab:stable [all])" ||
                echo "Setting up $name (1.1-lab) ..."
        done
        [ -n "$only_tells" ] || rm -f "$upgradable" ${kept_too:+"$kept_too"}
        exit 0 ;;
    update | clean | autoclean | autoremove)
        echo "Reading package lists... Done"
        exit 0 ;;
    install | remove | purge) ;;
    *) echo "E: Invalid operation ${verb:-(none)}" >&2; exit 100 ;;
esac
if [ "$(id -u)" != 0 ]; then
    echo "E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)" >&2
    exit 100
fi
installed() { dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed; }
for package in $packages; do
    case "$known" in
        *" $package "*) ;;
        *) installed "$package" || { echo "E: Unable to locate package $package" >&2; exit 100; } ;;
    esac
done
echo "Reading package lists... Done"
for package in $packages; do
    case "$verb" in
        install)
            if installed "$package"; then
                echo "$package is already the newest version (1.0-lab)."
                continue
            fi
            printf 'Package: %s\nStatus: install ok installed\nPriority: optional\nSection: misc\nMaintainer: lab\nArchitecture: all\nVersion: 1.0-lab\nDescription: recorded by the lab\n\n' \
                "$package" >>"$status_file"
            # Also where the emulated systemctl looks for units that packages bring.
            echo "$package" >>/var/lib/lab/packages
            [ "$package" != chrony ] || ln -sf /usr/local/lib/lab/chrony /usr/local/bin/chronyc
            echo "Setting up $package (1.0-lab) ..." ;;
        *)
            awk -v name="Package: $package" 'BEGIN { RS = ""; ORS = "\n\n" } index($0 "\n", name "\n") != 1' \
                "$status_file" >"$status_file.new" && mv "$status_file.new" "$status_file"
            sed -i "/^$package\$/d" /var/lib/lab/packages 2>/dev/null
            [ "$package" != chrony ] || rm -f /usr/local/bin/chronyc
            echo "Removing $package (1.0-lab) ..." ;;
    esac
done
