"""What of labels, taints and addons was asked for by people."""

from cluster.own_marks import own_addons, own_labels, own_taints


def test_labels_that_the_kubelet_and_controllers_give_are_left_out_and_all_others_are_kept():
    labels = {
        "beta.kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": "n1",
        "microk8s.io/cluster": "true",
        "node.kubernetes.io/microk8s-controlplane": "microk8s-controlplane",
        "nvidia.com/gpu.present": "true",
        "topology.kubernetes.io/zone": "a",
        "node-role.kubernetes.io/db": "",
        "rack": "r7",
    }

    assert own_labels(labels) == {
        "node-role.kubernetes.io/db": "",
        "rack": "r7",
        "topology.kubernetes.io/zone": "a",
    }


def test_taints_by_which_kubernetes_tells_a_state_are_left_out():
    taints = ["node.kubernetes.io/unschedulable=:NoSchedule", "team=a:NoExecute"]

    assert own_taints(taints) == ("team=a:NoExecute",)


def test_addons_are_named_as_a_change_names_them():
    shown = {
        *("core/dns", "core/ha-cluster", "core/ingress", "community/argocd"),
        *("community/ingress", "ours/argocd", "core/community"),
    }

    assert own_addons(shown) == (
        "argocd",
        "community/ingress",
        "community",
        "ingress",
        "ours/argocd",
    )
