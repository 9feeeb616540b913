# Sourced by deploy/package and deploy/container/build: the shared libraries that the program needs, and their licences.

# debian_dependencies PROGRAM: prints a Depends field for the libraries that the program is linked with.
debian_dependencies() {
    local folder=$work/shlibdeps
    mkdir -p "$folder/debian"
    printf 'Source: probesweep\n\nPackage: probesweep\nArchitecture: amd64\n' >"$folder/debian/control"
    (cd "$folder" && dpkg-shlibdeps -O "$1") | sed -n 's/^shlibs:Depends=//p'
}

# carry_libraries PROGRAM FOLDER: copies every library that the program loads, except the C library's, into the folder,
# which the program then searches first.
#
# The path is an RPATH, not a RUNPATH, since that holds for the libraries of libraries too. They stay as Debian built them.
carry_libraries() {
    mkdir -p "$2"
    ldd "$1" | sed -n 's/^.* => \(\/.*\) (0x.*$/\1/p' | while IFS= read -r library; do
        case $(basename "$library") in
        libc.so.* | libm.so.* | libpthread.so.* | libdl.so.* | librt.so.* | libresolv.so.*) ;;
        *) command install -m 644 "$library" "$2/" ;;
        esac
    done
    # shellcheck disable=SC2016 # the loader replaces $ORIGIN
    patchelf --force-rpath --set-rpath '$ORIGIN/../lib/probesweep' "$1"
}

# licences FOLDER [LIBRARY ...]: gathers the licences of what is linked into the program, and for each library that is
# carried along its Debian package's copyright file and where the sources of exactly this version are. Needs Swift, which knows the
# packages. Exits if any licence is not found: nothing is to be passed on without them.
licences() {
    local folder=$1 checkouts checkout toolchain library package
    shift
    mkdir -p "$folder"
    checkouts=$(dependencies) && [ -n "$checkouts" ] || without_licence "the Swift packages, which swift package show-dependencies does not name"
    while IFS= read -r checkout; do
        command install -m 644 "$checkout"/LICENSE* "$folder/" || without_licence "$checkout"
        mv "$folder"/LICENSE* "$folder/$(basename "$checkout").txt"
    done <<<"$checkouts"
    toolchain=$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")
    command install -m 644 "$toolchain/share/swift/LICENSE.txt" "$folder/swift.txt" || without_licence "Swift's own libraries"
    for library in "$@"; do
        package=$(package_of "$(basename "$library")")
        command install -m 644 "/usr/share/doc/$package/copyright" "$folder/$package.txt"
        dpkg-query -W -f='${source:Package} ${source:Version}\n' "$package" >>"$folder/sources"
    done
    [ $# -eq 0 ] || sort -u -o "$folder/sources" "$folder/sources"
    [ $# -eq 0 ] || sed -i '1i These Debian 12 source packages hold the sources of the libraries in lib/probesweep:' "$folder/sources"
}

without_licence() {
    echo "the licences cannot be gathered: there is none of $1" >&2
    exit 1
}

# Prints the folders of the Swift packages that this one is built with.
dependencies() {
    swift package show-dependencies --format json | python3 -c '
import json, sys
root = json.load(sys.stdin)
def walk(node):
    for child in node["dependencies"]:
        yield child["path"]
        yield from walk(child)
print(*sorted(set(walk(root))), sep="\n")'
}

# package_of NAME: the Debian package that installed a library.
package_of() {
    dpkg-query -S "*/$1" 2>/dev/null | sed -n '1s/:.*//p'
}
