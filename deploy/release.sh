# Sourced by deploy/demo, deploy/install, deploy/package and deploy/container/build: the one way to build a release.

# Builds a release that holds Swift's libraries, so that it runs without the toolchain; sets `program` to its path.
build_release() {
    local options=(-c release --product probesweep --static-swift-stdlib)
    swift build "${options[@]}" >&2
    program=$(swift build "${options[@]}" --show-bin-path)/probesweep
}
