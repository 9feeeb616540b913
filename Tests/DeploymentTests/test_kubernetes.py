"""deploy/kubernetes, as documents: rendered by kustomize, checked against schemas, policy and the program's options."""

import copy

import kubernetes_validate
import pytest

from conftest import unknown_options
from manifests import FOLDERS, only, pods, render
from restricted import violations


@pytest.mark.parametrize("version", ["1.28", "1.32", "1.37"])
@pytest.mark.parametrize("folder", FOLDERS)
def test_every_object_has_the_schema_of_its_kind(folder, version):
    for it in render(folder):
        kubernetes_validate.validate(it, version, strict=True)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_pod_is_admitted_under_restricted_pod_security(folder):
    for name, pod in pods(render(folder)).items():
        assert violations(pod["spec"]) == [], name


def unsafe(change):
    pod = copy.deepcopy(pods(render("base"))["probesweep-worker"]["spec"])
    change(pod, pod["containers"][0])
    return pod


@pytest.mark.parametrize(
    "change",
    [
        lambda pod, container: pod.update(hostNetwork=True),
        lambda pod, container: pod["volumes"].append({"name": "host", "hostPath": {"path": "/"}}),
        lambda pod, container: pod["securityContext"].update(runAsNonRoot=False),
        lambda pod, container: pod["securityContext"].pop("seccompProfile"),
        lambda pod, container: container.pop("securityContext"),
        lambda pod, container: container["securityContext"].update(allowPrivilegeEscalation=True),
        lambda pod, container: container["securityContext"].update(capabilities={"drop": ["NET_RAW"]}),
        lambda pod, container: container["securityContext"].update(privileged=True),
        lambda pod, container: container.update(ports=[{"containerPort": 1, "hostPort": 1}]),
    ],
)
def test_the_check_of_the_policy_finds_what_it_forbids(change):
    assert violations(unsafe(change)) != []


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_pod_writes_outside_its_volumes_or_holds_a_token_of_the_cluster(folder):
    for name, pod in pods(render(folder)).items():
        assert pod["spec"]["automountServiceAccountToken"] is False, name
        for container in pod["spec"]["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"] is True, name


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_container_says_what_it_needs_and_may_use(folder):
    for name, pod in pods(render(folder)).items():
        for container in pod["spec"]["containers"]:
            assert {"cpu", "memory"} <= set(container["resources"]["requests"]), name
            assert "memory" in container["resources"]["limits"], name


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_option_in_a_container_is_one_of_the_programs(folder, options_of):
    for name, pod in pods(render(folder)).items():
        for container in pod["spec"]["containers"]:
            assert unknown_options(container["args"], options_of) == [], name


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_mount_is_of_a_volume_that_is_there(folder):
    for it in render(folder):
        spec = it.get("spec", {})
        if "template" not in spec:
            continue
        pod = spec["template"]["spec"]
        volumes = {volume["name"] for volume in pod.get("volumes", [])}
        volumes |= {claim["metadata"]["name"] for claim in spec.get("volumeClaimTemplates", [])}
        for container in pod["containers"]:
            assert {mount["name"] for mount in container["volumeMounts"]} <= volumes


@pytest.mark.parametrize("folder", FOLDERS)
def test_keys_are_files_that_root_owns_and_only_the_group_of_the_pod_reads(folder):
    for name, pod in pods(render(folder)).items():
        for volume in pod["spec"].get("volumes", []):
            if "secret" in volume:
                assert volume["secret"]["defaultMode"] == 0o440, name
                assert pod["spec"]["securityContext"]["fsGroup"] == 10001, name


@pytest.mark.parametrize("folder", ["base", "overlays/small", "overlays/nfs-features"])
def test_the_coordinator_alone_is_reached_and_the_ledger_is_on_a_disk_of_its_node(folder):
    objects = render(folder)
    claim = only(objects, "StatefulSet", "probesweep-coordinator")["spec"]["volumeClaimTemplates"][0]
    assert claim["spec"]["accessModes"] == ["ReadWriteOnce"]
    policies = {it["metadata"]["name"]: it["spec"] for it in objects if it["kind"] == "NetworkPolicy"}
    assert policies["probesweep-workers"]["ingress"] == []
    assert policies["probesweep-coordinator"]["egress"] == []
    sources = policies["probesweep-coordinator"]["ingress"][0]["from"]
    allowed = sources[0]["podSelector"]["matchExpressions"][0]
    assert allowed == {"key": "app.kubernetes.io/component", "operator": "In", "values": ["worker", "client"]}


@pytest.mark.parametrize("folder", FOLDERS)
def test_rules_and_services_select_the_pods_that_are_made(folder):
    objects = render(folder)
    made = [pod["metadata"]["labels"] for pod in pods(objects).values()]
    selectors = [it["spec"]["selector"] for it in objects if it["kind"] == "Service"]
    selectors += [
        it["spec"]["selector"]["matchLabels"] for it in objects if it["kind"] in ("StatefulSet", "PodDisruptionBudget")
    ]
    for selector in selectors:
        assert any(selector.items() <= labels.items() for labels in made), selector


def test_an_overlay_changes_what_it_names_and_nothing_else():
    base, small = render("base"), render("overlays/small")
    worker = only(small, "Job", "probesweep-worker")["spec"]
    assert worker["parallelism"] == worker["completions"] == 2
    cache = [it for it in worker["template"]["spec"]["volumes"] if it["name"] == "cache"]
    assert cache == [{"name": "cache", "emptyDir": {"sizeLimit": "2Gi"}}]
    for name in ("probesweep-worker", "probesweep-coordinator"):
        (before,), (after,) = pods(base)[name]["spec"]["containers"], pods(small)[name]["spec"]["containers"]
        assert {**before, "resources": None} == {**after, "resources": None}


@pytest.mark.parametrize("folder", FOLDERS)
def test_an_image_that_a_node_has_is_not_looked_for_in_a_registry(folder):
    for name, pod in pods(render(folder)).items():
        for container in pod["spec"]["containers"]:
            assert container["imagePullPolicy"] == "IfNotPresent", name


def test_a_submission_that_would_end_the_same_again_is_not_repeated():
    submit = only(render("submit"), "Job", "probesweep-submit")["spec"]
    assert submit["template"]["spec"]["restartPolicy"] == "Never"  # the policy is for such pods alone
    (final,) = [it for it in submit["podFailurePolicy"]["rules"] if it["action"] == "FailJob"]
    assert final["onExitCodes"] == {"containerName": "submit", "operator": "In", "values": [2, 3]}


def test_the_claim_of_features_can_be_written_by_what_fills_it():
    for folder in ("base", "overlays/small"):
        (mode,) = only(render(folder), "PersistentVolumeClaim", "features")["spec"]["accessModes"]
        assert mode in ("ReadWriteMany", "ReadWriteOnce")


def test_features_on_nfs_are_one_volume_that_nobody_writes():
    objects = render("overlays/nfs-features")
    claim = only(objects, "PersistentVolumeClaim", "features")["spec"]
    volume = only(objects, "PersistentVolume", claim["volumeName"])["spec"]
    assert volume["nfs"]["readOnly"] is True
    assert claim["accessModes"] == volume["accessModes"] == ["ReadOnlyMany"]
    assert claim["storageClassName"] == volume["storageClassName"] == ""
