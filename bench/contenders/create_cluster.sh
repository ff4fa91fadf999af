#!/usr/bin/env bash
# Form a cluster over OpenSSH by hand: the least that a careful person would write, as fast as it goes.
#
#   create_cluster.sh FOLDER        what is to be done is in FOLDER, written by bench.contenders.work
#
# One connection per host (ControlMaster), one session per batch of commands, hosts in parallel.
# It forgets everything, cannot be resumed and tells nobody; that is what makes it the floor.
set -euo pipefail
cd "$1"
mkdir -p said

JOINS_AT_ONCE=5 # each takes a request of the seed's cluster agent

fail() { echo "cannot form the cluster: $1" >&2; exit 1; }

# on HOST COMMAND...: run the named commands, one after the other, in one session.
on() {
    local host=$1 name text='set -e'
    shift
    for name; do text+=$'\n'$(<"commands/$name"); done
    ssh -F ssh_config "$host" "$text"
}

# on_all NAME HOST...: in parallel; what a host says is in said/NAME.HOST.
on_all() {
    local name=$1 host pids=() pid
    shift
    for host; do
        on "$host" "${name/%.ROLE/.${role[$host]}}" </dev/null >"said/$name.$host" &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid" || fail "$name failed on a host"; done
}

# join HOST TOKEN: with the fingerprint that the seed's last answer showed.
join() {
    printf '%s\n%s/%s/%s\n' "${agent[$1]%:*}" "${agent[$seed]}" "$2" "$fingerprint" |
        on "$1" "join.${role[$1]}" >"said/join.$1" || fail "$1 did not join"
}

new_token() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }

# mint TOKENS [COMMAND]: let the seed know tokens, after a command that reads nothing.
mint() {
    local tokens=$1 said
    shift
    said=$(on "$seed" "$@" mint <<<"$tokens")
    fingerprint=${said##*fingerprint=}
    [[ $fingerprint =~ ^[0-9a-f]{12,64}$ ]] || fail "the seed showed no fingerprint"
}

declare -A role agent
hosts=() control_plane=() workers=()
while read -r name its_role address; do
    role[$name]=$its_role agent[$name]=$address
    hosts+=("$name")
    if [ "$its_role" = worker ]; then workers+=("$name"); else control_plane+=("$name"); fi
done <hosts
seed=${control_plane[0]}

on_all survey "${hosts[@]}"
awk '
    /^@@sudo/ {getline; if ($0 == "yes") rights++}
    /^tracking=[0-9l]/ {taken++} # a channel of MicroK8s
    END {exit !(rights == ARGC - 1 && !taken)}
' said/survey.* || fail "a host is not fit; see said/survey.*"

on_all probe "${hosts[@]}"
! grep -El '"(refused|no answer)"' said/probe.* >&2 || fail "a host is not reached; see said/probe.*"

on_all build.ROLE "${hosts[@]}"

settled=()
for ((place = 1; place < ${#control_plane[@]}; place++)); do
    token=$(new_token)
    mint "$token" "${settled[@]}"
    join "${control_plane[place]}" "$token"
    settled=("settle.$((place + 1))")
done

if [ ${#workers[@]} -gt 0 ]; then
    tokens=()
    for name in "${workers[@]}"; do tokens+=("$(new_token)"); done
    mint "$(printf '%s\n' "${tokens[@]}")" "${settled[@]}"
    for ((place = 0; place < ${#workers[@]}; place++)); do
        [ "$place" -lt $JOINS_AT_ONCE ] || wait -n || fail "a worker did not join"
        join "${workers[place]}" "${tokens[place]}" &
    done
    while :; do
        wait -n || { [ $? = 127 ] && break || fail "a worker did not join"; } # 127: none is left
    done
fi

on "$seed" settle.all </dev/null >said/settle
on_all view "${control_plane[@]:0:2}"
for name in "${control_plane[@]:0:2}"; do
    awk -v M="${#control_plane[@]}" -v V="${#control_plane[@]}" -v N="${#hosts[@]}" -f count.awk \
        "said/view.$name" || fail "$name sees another cluster; see said/view.$name"
done
