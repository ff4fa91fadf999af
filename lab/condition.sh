#!/bin/sh
# Puts a host into one of the conditions that lab/conditions.py lists, and takes it out of it again.
#   condition.sh apply NAME USER
#   condition.sh undo NAME USER
#   condition.sh boot             at every start of the host: those that a boot would end, again
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
own=/var/lib/lab/conditions
fixed=/var/lib/lab/fixed
lies=/var/lib/lab/lies
fail() { echo "cannot $1" >&2; exit 1; }
is_mounted() { grep -q " $1 " /proc/self/mountinfo; }

# --- what the kernel shows and takes

fix() { # fix KEY VALUE: the kernel shows this value and takes no other
    file=/proc/sys/$(echo "$1" | tr . /)
    [ -e "$file" ] || return 0
    mkdir -p "$fixed"
    echo "$2" >"$fixed/$1"
    is_mounted "$file" && return 0
    mount --bind "$fixed/$1" "$file" && mount -o remount,ro,bind "$file" ||
        fail "show $1 as $2"
}
unfix() {
    for file in "$fixed"/*; do
        [ -e "$file" ] || continue
        umount "/proc/sys/$(basename "$file" | tr . /)" 2>/dev/null
    done
    rm -rf "$fixed"
}
apply_sysctl_fixed() {
    unfix
    fix fs.aio-max-nr 1048576
    fix fs.inotify.max_user_instances 8192
    fix fs.inotify.max_user_watches 1048576
}
undo_sysctl_fixed() { unfix; }
apply_sysctl_fixed_low() {
    unfix
    fix fs.aio-max-nr 65536
    fix fs.inotify.max_user_instances 128
    fix fs.inotify.max_user_watches 8192
}
undo_sysctl_fixed_low() { unfix; }

# The lab writes what stands behind these views at every boot (mounts.py).
groups="/var/lib/lab/hardware/cgroups
/sys/fs/cgroup/cgroup.controllers
/sys/fs/cgroup/cgroup.subtree_control"
apply_no_memory_cgroup() {
    for file in $groups; do
        [ -e "$file" ] || continue
        cp "$file" "$own/$(basename "$file")"
        sed 's/^\(memory\t.*\t\)1$/\10/; s/ memory\b//' "$own/$(basename "$file")" >"$file" ||
            fail "hide the memory cgroup"
    done
}
undo_no_memory_cgroup() {
    for file in $groups; do
        [ ! -e "$file" ] || cat "$own/$(basename "$file")" >"$file"
    done
}

apply_no_modprobe() {
    mkdir -p "$own/kmod"
    for program in modprobe lsmod insmod rmmod depmod modinfo kmod; do
        [ ! -e "/usr/local/bin/$program" ] || mv "/usr/local/bin/$program" "$own/kmod/"
        found=$(command -v "$program") || continue
        found=$(readlink -f "$found")
        is_mounted "$found" || mount --bind /dev/null "$found" || fail "hide $found"
    done
}
undo_no_modprobe() {
    for program in modprobe lsmod insmod rmmod depmod modinfo kmod; do
        [ ! -e "$own/kmod/$program" ] || mv "$own/kmod/$program" /usr/local/bin/
        for found in /usr/sbin/$program /usr/bin/$program /sbin/$program /bin/$program; do
            found=$(readlink -f "$found") && is_mounted "$found" && umount "$found"
        done
    done
}

apply_container() {
    mkdir -p /run/systemd && echo lxc >/run/systemd/container
    if is_mounted /dev/kmsg; then umount /dev/kmsg; fi
    rm -f /dev/kmsg
}
undo_container() {
    rm -f /run/systemd/container
    [ -e /dev/kmsg ] || { : >/dev/kmsg && mount --bind /dev/null /dev/kmsg; }
}

# --- what a login shell does to those who only want a command carried out

begin() { echo "# BEGIN lab $1"; }
end() { echo "# END lab $1"; }
into_bashrc() { # into_bashrc NAME: standard input becomes the first lines of .bashrc
    out_of_bashrc "$1"
    { begin "$1"; cat; end "$1"; cat "$home/.bashrc" 2>/dev/null; } >"$home/.bashrc.new"
    mv "$home/.bashrc.new" "$home/.bashrc" && chown "$user:" "$home/.bashrc"
}
out_of_bashrc() {
    [ -e "$home/.bashrc" ] || return 0
    sed -i "/^$(begin "$1")\$/,/^$(end "$1")\$/d" "$home/.bashrc"
    [ -s "$home/.bashrc" ] || rm -f "$home/.bashrc"
}

apply_greeting() {
    into_bashrc greeting <<'END'
echo "Welcome to $(hostname), $USER."
echo "  System load: 0.07    Users logged in: 1"
echo "*** System restart required ***"
END
}
undo_greeting() { out_of_bashrc greeting; }

apply_swallowing_shell() { echo 'exec sh' | into_bashrc swallowing-shell; }
undo_swallowing_shell() { out_of_bashrc swallowing-shell; }

login_shell() { # login_shell PATH
    sed -i "s|^\($user:.*:\)[^:]*\$|\1$1|" /etc/passwd
}
as_login_shell() {
    program=$(PATH=/usr/bin:/bin command -v "$1") ||
        fail "make $1 the login shell of $user: it is not on this machine; apt-get install $1"
    login_shell "$program"
}
apply_tcsh() { as_login_shell tcsh; }
undo_tcsh() { login_shell /bin/bash; }
apply_zsh() { as_login_shell zsh; }
undo_zsh() { login_shell /bin/bash; }
apply_fish() { as_login_shell fish; }
undo_fish() { login_shell /bin/bash; }

# As cloud images let nobody in as root: the key is taken, and then it says who should have come.
apply_forced_command() {
    keys=$home/.ssh/authorized_keys
    said="Please login as the user \\\\\"ubuntu\\\\\" rather than the user \\\\\"$user\\\\\"."
    undo_forced_command
    sed -i "s|^ssh|no-port-forwarding,command=\"echo '$said';echo;exit 142\" ssh|" "$keys"
}
undo_forced_command() { sed -i 's|^no-port-forwarding,command=".*" ssh|ssh|' "$home/.ssh/authorized_keys"; }

# --- what a host does that lies

python() { tr '\0' '\n' </proc/1/cmdline | sed -n 3p; } # as init.sh was told

apply_lies_shell() { # apply_lies_shell KIND: the login shell tells something else than the answer
    mkdir -p "$lies"
    printf '#!/bin/sh\nexec %s -I -S /opt/lab/liar.py %s "$@"\n' "$(python)" "$1" >"$lies/$1"
    chmod 755 "$lies/$1"
    login_shell "$lies/$1"
}
undo_lies_shell() { login_shell /bin/bash; }

is_served() { grep -qE ':0016 0+:0000 0A' /proc/net/tcp /proc/net/tcp6 2>/dev/null; } # port 22
end_servers() { # of SSH: true ones, with their connections, and false ones
    for process in $(ps -eo pid,args | awk '$2 ~ /sshd/ || /[l]iar.py serve/ { print $1 }'); do
        kill -KILL "$process" 2>/dev/null
    done
    for _ in $(seq 100); do # a process that is dying still holds the port
        is_served || return 0
        sleep 0.05
    done
    fail "free port 22: something listens there after 5 s"
}
await_server() {
    for _ in $(seq 100); do
        ! is_served || return 0
        sleep 0.05
    done
    fail "serve at port 22: nothing listens there after 5 s"
}
apply_lies_server() { # apply_lies_server KIND
    [ -x /usr/sbin/sshd ] && grep -qz sshd /proc/1/cmdline ||
        fail "lie in place of the SSH server: this lab's is not sshd; apt-get install openssh-server"
    end_servers
    setsid "$(python)" -I -S /opt/lab/liar.py serve "$1" 22 </dev/null >/dev/null 2>&1 &
    await_server
}
undo_lies_server() {
    end_servers
    setsid /usr/sbin/sshd -D -e </dev/null >>/lab/log/sshd.log 2>&1 &
    await_server
}

apply_lies_name() { # before all others on the path, also that of sudo
    for program in uname hostname; do
        cat >"/usr/local/sbin/$program" <<END
#!/bin/sh
/usr/bin/$program "\$@" | sed "s/\$(cat /proc/sys/kernel/hostname)/n1 localhost vault.corp.example/"
END
        chmod 755 "/usr/local/sbin/$program"
    done
}
undo_lies_name() { rm -f /usr/local/sbin/uname /usr/local/sbin/hostname; }

# ---

run() { # run VERB NAME USER
    user=$3
    home=$(getent passwd "$user" | cut -d: -f6)
    mkdir -p "$own"
    case $2 in
        lies-name) "$1_lies_name" ;;
        lies-banner | lies-packets) "$1_lies_server" "${2#lies-}" ;;
        lies-*) "$1_lies_shell" "${2#lies-}" ;;
        *) "$1_$(echo "$2" | tr - _)" ;;
    esac
    return 0 # what is in the way has ended the script with its own words
}

case "${1:-}" in
    boot) while read -r name user; do run apply "$name" "$user"; done </lab/conditions ;;
    apply | undo) run "$1" "$2" "$3" ;;
    *) fail "do ${1:-nothing}: apply, undo and boot are known" ;;
esac
