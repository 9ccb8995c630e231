"""What cert-manager is asked for. Its kinds are not Kubernetes' own, so their fields are judged here."""

from __future__ import annotations

import pytest
from manifests import CERT_MANAGER

from trunkline.certificates.names import dns_name
from trunkline.config import load_settings
from trunkline.config.plaintext import refuse_plaintext
from trunkline.identity.model import spiffe_id

# The fields of cert-manager.io/v1 that are used here, with the type of each.
FIELDS = {
    "Issuer": {"selfSigned": dict, "ca": dict},
    "Certificate": {
        "isCA": bool,
        "commonName": str,
        "secretName": str,
        "uris": list,
        "dnsNames": list,
        "duration": str,
        "renewBefore": str,
        "privateKey": dict,
        "usages": list,
        "issuerRef": dict,
    },
}


@pytest.fixture
def settings(manifests, tmp_path):
    file = manifests.mesh_file(tmp_path)
    return {
        workload.name: load_settings(manifests.environment(workload) | {"TRUNKLINE_FILE": str(file)})
        for workload in manifests.workloads
    }


def hours(text):
    assert text.endswith("h")
    return int(text[:-1])


def test_only_known_fields_of_known_kinds_are_set(manifests):
    theirs = [one for one in manifests.objects if one["apiVersion"].startswith(CERT_MANAGER)]
    assert {one["kind"] for one in theirs} == set(FIELDS)
    for one in theirs:
        assert one["apiVersion"] == f"{CERT_MANAGER}v1"
        for key, value in one["spec"].items():
            assert isinstance(value, FIELDS[one["kind"]][key])


def test_each_workload_is_named_as_callers_look_for_it(manifests, settings):
    certificates = manifests.named("Certificate")
    for workload in manifests.workloads:
        spec, said = certificates[workload.name]["spec"], settings[workload.name]
        identity = spiffe_id(said.trust_domain, workload.name)
        assert spec["uris"] == [identity]
        assert dns_name(identity) in spec["dnsNames"]
        assert workload.name in spec["dnsNames"]


def test_each_certificate_is_good_for_both_ends_and_issues_none(manifests):
    certificates = manifests.named("Certificate")
    for workload in manifests.workloads:
        spec = certificates[workload.name]["spec"]
        assert set(spec["usages"]) == {"digital signature", "server auth", "client auth"}
        assert not spec.get("isCA", False)


def test_each_certificate_has_a_new_key_each_time_and_is_renewed_with_a_third_of_its_life_left(manifests):
    certificates = manifests.named("Certificate")
    for workload in manifests.workloads:
        spec = certificates[workload.name]["spec"]
        kind = {"algorithm": "ECDSA", "size": 256, "encoding": "PKCS8"}
        assert spec["privateKey"] == {**kind, "rotationPolicy": "Always"}
        assert hours(spec["duration"]) == 3 * hours(spec["renewBefore"])


def test_one_authority_issues_all_and_is_issued_by_itself(manifests):
    issuers, certificates = manifests.named("Issuer"), manifests.named("Certificate")
    authority = certificates.pop("authority")["spec"]
    assert authority["isCA"] is True
    assert issuers[authority["issuerRef"]["name"]]["spec"] == {"selfSigned": {}}
    assert {one["spec"]["issuerRef"]["name"] for one in certificates.values()} == {"mesh"}
    assert issuers["mesh"]["spec"] == {"ca": {"secretName": authority["secretName"]}}
    assert {one["metadata"]["name"] for one in certificates.values()} == {one.name for one in manifests.workloads}


def test_each_process_finds_its_certificate_where_it_is_mounted(manifests, settings):
    for workload in manifests.workloads:
        [mount] = [one for one in workload.container["volumeMounts"] if one["name"] == "tls"]
        [volume] = [one for one in workload.spec["volumes"] if one["name"] == "tls"]
        assert str(settings[workload.name].tls_folder) == mount["mountPath"]
        assert mount["readOnly"] is True
        # A whole volume, as what is mounted by `subPath` is never renewed.
        assert "subPath" not in mount
        assert volume["secret"]["secretName"] == manifests.named("Certificate")[workload.name]["spec"]["secretName"]


def test_nothing_leaves_a_pod_in_plaintext(settings):
    for one in settings.values():
        assert one.tls.mode == "mutual"
        assert refuse_plaintext(one) == []
