#!/bin/sh
# sudo for a host where no program can gain rights: nobody but root may do anything, and root
# everything, unless sudoers leaves root out.
target=root
login=
list=
end() { exit "$1"; }
while [ $# -gt 0 ]; do
    case "$1" in
        --) shift; break ;;
        -u | --user | -[nHESk]*u) target=$2; shift 2 ;;
        --user=*) target=${1#--user=}; shift ;;
        -u?*) target=${1#-u}; shift ;;
        -g | --group | -p | --prompt | -C | -T | -U) shift 2 ;;
        -i | --login) login=1; shift ;;
        -s | --shell) shift; [ $# -gt 0 ] || set -- "${SHELL:-/bin/sh}" ;;
        -k | -K) shift; [ $# -gt 0 ] || end 0 ;;
        -v | --validate) list=validate; shift ;;
        -l | --list) list=list; shift ;;
        -V | --version) echo "Sudo version 1.9.13p3"; end 0 ;;
        --*) shift ;;
        -[nHESAbkPB]*) shift ;;
        [A-Za-z_]*=*) export "${1?}"; shift ;;
        *) break ;;
    esac
done
uid=$(id -u)
if [ "$uid" != 0 ]; then
    echo "sudo: a password is required" >&2
    end 1
fi
if [ -e /etc/sudoers ] && ! grep -q '^root[[:space:]]' /etc/sudoers; then
    echo "root is not in the sudoers file." >&2
    end 1
fi
# Ubuntu's PAM file lets sudo read /etc/environment. What the caller has exported stays, also when
# it is empty; what the caller has not, or has unset, comes back.
if [ -s /etc/environment ] && grep -qs '^session.*pam_env' /etc/pam.d/sudo; then
    while IFS='=' read -r name value; do
        case "$name" in '' | *[!A-Za-z0-9_]*) continue ;; esac
        value=${value#\"}
        eval "[ -n \"\${$name+is set}\" ]" || export "$name=${value%\"}"
    done </etc/environment
fi
if [ "$list" = list ]; then
    printf 'User root may run the following commands on %s:\n    (ALL : ALL) ALL\n' "$(hostname)"
    end 0
fi
[ "$list" = validate ] && end 0
if [ $# -eq 0 ]; then
    [ -n "$login" ] || { echo "usage: sudo [-nHESkvl] [-u user] [--] command" >&2; end 1; }
    set -- /bin/sh -l
fi
export SUDO_USER=root SUDO_UID=0 SUDO_GID=0 SUDO_COMMAND="$*"
case "$target" in
    root | "#0") exec "$@" ;;
esac
id "$target" >/dev/null 2>&1 || { echo "sudo: unknown user $target" >&2; end 1; }
HOME=$(getent passwd "$target" | cut -d: -f6)
export HOME USER="$target" LOGNAME="$target"
exec setpriv --reuid "$target" --regid "$(id -g "$target")" --init-groups -- "$@"
