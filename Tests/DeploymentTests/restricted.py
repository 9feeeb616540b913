"""The policy "restricted" of Kubernetes' pod security standards, as a function of a pod."""

VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}


def violations(pod: dict) -> list[str]:
    """What of a pod's specification the policy would refuse; empty for an admissible one."""
    found = [f"{field} is set" for field in ("hostNetwork", "hostPID", "hostIPC") if pod.get(field)]
    for volume in pod.get("volumes", []):
        kinds = set(volume) - {"name"}
        if not kinds <= VOLUMES:
            found.append(f"volume {volume['name']} is {', '.join(sorted(kinds - VOLUMES))}")
    for container in pod.get("initContainers", []) + pod["containers"]:
        found += [f"{container['name']}: {it}" for it in _of_container(container, pod.get("securityContext", {}))]
    return found


def _of_container(container: dict, of_pod: dict) -> list[str]:
    own = container.get("securityContext", {})

    def either(field: str):
        return own.get(field, of_pod.get(field))

    found = []
    if own.get("privileged"):
        found.append("privileged")
    if own.get("allowPrivilegeEscalation") is not False:
        found.append("allowPrivilegeEscalation is not false")
    if either("runAsNonRoot") is not True:
        found.append("runAsNonRoot is not true")
    if either("runAsUser") == 0:
        found.append("runAsUser is 0")
    if (either("seccompProfile") or {}).get("type") not in ("RuntimeDefault", "Localhost"):
        found.append("seccompProfile is neither RuntimeDefault nor Localhost")
    capabilities = own.get("capabilities", {})
    if "ALL" not in capabilities.get("drop", []):
        found.append("capabilities do not drop ALL")
    if set(capabilities.get("add", [])) - {"NET_BIND_SERVICE"}:
        found.append("capabilities are added")
    found += [f"port {port['containerPort']} is the host's" for port in container.get("ports", []) if "hostPort" in port]
    if either("procMount") not in (None, "Default"):
        found.append("procMount is not Default")
    return found
