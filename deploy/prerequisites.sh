# Sourced by what builds, tests or packs in deploy/: checks the Swift toolchain and installs Debian packages.

# Exits if Swift is missing or too old, and says how to get it.
require_swift() {
    if ! command -v swift >/dev/null 2>&1; then
        echo "ProbeSweep needs Swift 6.2 or later, and there is no swift on PATH." >&2
        echo "Get one for Debian 12 from swift.org (Install → Linux → Debian 12), unpack it, and put its usr/bin on PATH." >&2
        exit 1
    fi
    local version
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    if [ "$(printf '%s\n6.2\n' "$version" | sort -V | head -n 1)" != 6.2 ]; then
        echo "ProbeSweep needs Swift 6.2 or later; this is Swift $version ($(command -v swift))." >&2
        echo "Get a newer one from swift.org (Install → Linux → Debian 12) and put its usr/bin first on PATH." >&2
        exit 1
    fi
}

# install PACKAGE REASON [PACKAGE REASON ...]: prints each missing package with its reason, then installs them all.
install() {
    local missing=()
    while [ $# -gt 0 ]; do
        if ! dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; then
            echo "missing: $1 ($2)" >&2
            missing+=("$1")
        fi
        shift 2
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null 2>&1 || {
            echo "Run as root, install sudo, or install these packages manually: ${missing[*]}" >&2
            exit 1
        }
        as_root=(sudo)
    fi
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null
    echo "installed: ${missing[*]}" >&2
}

install_test_packages() {
    install \
        libopenblas-dev "the reference matrix product of the benchmarks" \
        faketime "one test that changes the wall clock" \
        libhdf5-103-1 "the tests that import .h5" \
        python3 "the comparison of imports with the manifest" \
        python3-venv "the virtual environments that test the Python package and what deploys the program" \
        slurm-wlm "a Slurm of the tests' own, to launch workers with" \
        munge "the signatures of its jobs; Debian also starts it as a service" \
        openssh-server "hosts of the tests' own, to launch workers on; Debian also starts it as a service" \
        openssh-client "the logins to them" \
        iproute2 "networks of the tests' own" \
        util-linux "processes and networks that tests keep apart" \
        skopeo "the reading of the image's archive"
}

# For deploy/test --full: without it the tests that need it are skipped, and say so.
install_browser() {
    install chromium "the reports of sweeps in a browser"
}

# Prometheus' own checker of what /metrics says, on PATH: unpacked, not installed, since Debian would start the server. Where it
# cannot be had, one test is skipped, and says so.
obtain_promtool() {
    obtain_debian "$cache/debian-prometheus" prometheus || return 0
    export PATH=$PATH:$cache/debian-prometheus/usr/bin
}

install_build_packages() {
    install \
        libzmq3-dev "messages between coordinator and workers" \
        libsqlite3-dev "the ledger" \
        libssl-dev "SHA-256 of keys and files" \
        zlib1g-dev "the compression of kept predictions"
}
