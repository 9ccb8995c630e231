from __future__ import annotations

from podsecurity import violations

PORT = 7400
HEALTH = 7401
METRICS = 9464


def test_every_pod_passes_the_restricted_profile(manifests):
    pods = {workload.name: violations({"metadata": {}, **workload.pod}) for workload in manifests.workloads}
    assert pods == {"accounts": [], "activity": [], "backbone": [], "progress": []}


def test_the_namespace_admits_restricted_pods_alone(manifests):
    [namespace] = manifests.named("Namespace").values()
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_no_container_may_write_its_root_file_system(manifests):
    for workload in manifests.workloads:
        assert all(one["securityContext"]["readOnlyRootFilesystem"] is True for one in workload.containers)


def test_every_pod_runs_as_one_fixed_user_that_owns_its_volumes(manifests):
    for workload in manifests.workloads:
        context = workload.spec["securityContext"]
        assert (context["runAsUser"], context["runAsGroup"], context["fsGroup"]) == (10001, 10001, 10001)


def test_each_workload_has_a_service_account_of_its_own_and_no_token_of_it(manifests):
    accounts = manifests.named("ServiceAccount")
    assert set(accounts) == {workload.name for workload in manifests.workloads}
    assert all(account["automountServiceAccountToken"] is False for account in accounts.values())
    for workload in manifests.workloads:
        assert workload.spec["serviceAccountName"] == workload.name
        assert workload.spec["automountServiceAccountToken"] is False


def test_every_container_says_what_it_needs_and_what_it_may_take(manifests):
    for workload in manifests.workloads:
        for container in workload.containers:
            resources = container["resources"]
            assert resources["requests"].keys() == resources["limits"].keys() == {"cpu", "memory"}


def test_variables_of_services_are_not_mixed_with_settings(manifests):
    assert all(workload.spec["enableServiceLinks"] is False for workload in manifests.workloads)


def test_traffic_that_no_policy_allows_is_denied(manifests):
    denied = manifests.named("NetworkPolicy")["deny-by-default"]["spec"]
    assert denied == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_the_mesh_is_reached_from_the_mesh_and_its_metrics_from_the_monitoring(manifests):
    allowed = manifests.named("NetworkPolicy")["mesh"]["spec"]
    members = allowed["podSelector"]
    for workload in manifests.workloads:
        assert members["matchLabels"].items() <= workload.pod["metadata"]["labels"].items()
    monitoring = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
    ports = [{"protocol": "TCP", "port": port} for port in (PORT, HEALTH)]
    assert allowed["ingress"] == [
        {"from": [{"podSelector": members}], "ports": ports},
        {"from": [monitoring], "ports": [{"protocol": "TCP", "port": METRICS}]},
    ]
    to_mesh, to_names = allowed["egress"]
    assert to_mesh == {"to": [{"podSelector": members}], "ports": ports}
    assert {port["port"] for port in to_names["ports"]} == {53}
