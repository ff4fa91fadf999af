#!/bin/sh
# PID 1 of a lab host: starts the SSH server and the emulator's daemon, reaps orphans,
# and ends with 133 for "reboot" or 0 for "power off". Killing it switches the host off.
# usage: init.sh PYTHON SSH
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
python=$1
ssh=$2
daemon=

leave() {
    trap '' HUP INT TERM
    if [ -n "$daemon" ]; then
        kill -TERM "$daemon" 2>/dev/null
        # A daemon that does not stop in time is killed: a reboot has to end.
        (sleep 10; kill -KILL "$daemon") 2>/dev/null &
        wait "$daemon"
    fi
    exit "$1"
}
trap 'leave 133' HUP
trap 'leave 0' TERM

ip -batch /run/lab-network.batch
[ ! -e /usr/local/bin/cloud-init ] || cloud-init init
# What a kernel forgets at a reboot is forgotten here too, unless the host has made it permanent.
rm -rf /var/lib/lab/sysctl /var/lib/lab/modules
[ ! -s /lab/conditions ] || sh /opt/lab/condition.sh boot
for file in /etc/modules-load.d/*.conf; do
    [ ! -f "$file" ] || grep -v '^ *[#;]' "$file" | xargs -r modprobe
done
for file in /etc/sysctl.d/*.conf; do
    [ ! -f "$file" ] || sysctl -q -p "$file"
done
[ ! -f /etc/ufw/lab-active ] || ufw reload

# SSH comes last: whoever gets in finds a host that has booted.
touch /run/lab-booted
if [ "$ssh" = sshd ]; then
    /usr/sbin/sshd -D -e >>/lab/log/sshd.log 2>&1 &
fi

while [ -f /opt/lab/emulator/boot.py ]; do
    "$python" -I -S /opt/lab/emulator/boot.py >>/lab/log/boot.log 2>&1 &
    daemon=$!
    wait "$daemon"
    sleep 0.2
done
while :; do
    sleep 86400 &
    wait $!
done
