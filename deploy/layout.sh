# Sourced by deploy/install, deploy/package and deploy/container/build: which files make an installation, and where they lie under a prefix.

# `command install` is coreutils'; `install` alone is the function of prerequisites.sh.

# lay_out PROGRAM PREFIX: copies the program without its symbols, its completions, the sample sweeps and the documents.
lay_out() {
    local program=$1 prefix=$2
    command install -D -m 755 "$program" "$prefix/bin/probesweep"
    strip "$prefix/bin/probesweep"
    completion bash "$prefix/share/bash-completion/completions/probesweep"
    completion zsh "$prefix/share/zsh/site-functions/_probesweep"
    completion fish "$prefix/share/fish/vendor_completions.d/probesweep.fish"
    command install -D -m 644 -t "$prefix/share/probesweep/sweeps" sweeps/*.yaml
    command install -D -m 644 -t "$prefix/share/doc/probesweep" README.md CHANGELOG.md LICENSE docs/*.md
}

# completion SHELL FILE
completion() {
    mkdir -p "$(dirname "$2")"
    "$program" --generate-completion-script "$1" >"$2"
    chmod 644 "$2"
}

# The version in the program's own words, without the commit.
version_of() { "$1" --version | sed 's/[+ ].*//'; }
