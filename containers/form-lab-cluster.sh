#!/bin/sh
# The lab's main job: tell the inventory about its hosts, then form a cluster of the first three.
# usage: form-lab-cluster.sh [OPTION OF clusterwright change ...]
# Each host has left its row with its SSH key in the shared folder, so that no key is taken on trust.
set -eu
for row in /lab/inventory/*.json; do
    clusterwright hosts import "$row"
done
# A host in a container shows the machine's own processors, memory and disk, however small.
clusterwright change create-cluster demo \
    --control-plane lab-1,lab-2,lab-3 --topology ha --environment staging \
    --accept cpus-too-small --accept memory-too-small --accept disk-too-small --accept disk-full \
    --reason 'the lab in containers' --wait "$@"
clusterwright clusters show demo
