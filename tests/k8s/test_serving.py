from __future__ import annotations

PROBES = {"startupProbe": "liveness", "readinessProbe": "readiness", "livenessProbe": "liveness"}


def test_every_container_is_probed_by_grpc_for_the_right_service(manifests):
    for workload in manifests.workloads:
        for probe, service in PROBES.items():
            assert workload.container[probe]["grpc"] == {"port": workload.ports["health"], "service": service}


def test_a_pod_may_take_as_long_to_start_as_its_dependencies(manifests):
    for workload in manifests.workloads:
        probe = workload.container["startupProbe"]
        assert probe["periodSeconds"] * probe["failureThreshold"] >= 300


def test_every_service_is_headless_and_says_that_it_speaks_tls(manifests):
    for service in manifests.named("Service").values():
        assert service["spec"]["clusterIP"] == "None"
        assert [port["appProtocol"] for port in service["spec"]["ports"]] == ["https"]


def test_every_service_leads_to_the_port_of_the_workload_of_its_name(manifests):
    services = manifests.named("Service")
    assert set(services) == {workload.name for workload in manifests.workloads}
    for workload in manifests.workloads:
        service = services[workload.name]["spec"]
        assert service["selector"].items() <= workload.pod["metadata"]["labels"].items()
        assert workload.object["spec"]["serviceName"] == workload.name
        [port] = service["ports"]
        assert (port["targetPort"], port["port"]) == ("grpc", workload.ports["grpc"])


def test_a_service_leads_to_one_workload_only(manifests):
    for service in manifests.named("Service").values():
        chosen = service["spec"]["selector"].items()
        assert len([one for one in manifests.workloads if chosen <= one.pod["metadata"]["labels"].items()]) == 1


def test_prometheus_is_told_where_the_metrics_are(manifests):
    for workload in manifests.workloads:
        said = {"prometheus.io/scrape": "true", "prometheus.io/port": str(workload.ports["metrics"])}
        assert said.items() <= workload.pod["metadata"]["annotations"].items()
