# Sourced by Tests/Fixtures/slurm/cluster and ssh/server: starts and ends daemons by their numbers, which are in $dir/pid.

# require PACKAGES PROGRAM…: exits if a program is missing, and names the packages that have it.
require() {
    local program packages=$1
    shift
    for program; do
        command -v "$program" >/dev/null || {
            echo "there is no $program: install $packages" >&2
            exit 3
        }
    done
}

# free_ports N: as many ports that nothing listens on, one a line. They lie below those the kernel gives to clients.
free_ports() {
    local port
    shuf -i 20000-31999 | while read -r port; do
        listens "$port" || echo "$port"
    done | head -n "$1"
}

listens() { (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# detached NAME COMMAND…: starts a daemon that holds none of our descriptors, and keeps its number.
detached() {
    local name=$1
    shift
    (
        # Whoever started this script may wait until everybody has closed what it handed down.
        local file number
        for file in /proc/"$BASHPID"/fd/*; do
            number=${file##*/}
            [ "$number" -le 2 ] || eval "exec $number>&-"
        done
        exec setsid "$@"
    ) </dev/null >>"$dir/log/$name.output" 2>&1 &
    echo $! >"$dir/pid/$name"
}

# as_machine NAME COMMAND…: starts a daemon as the first process of a machine: a namespace of processes with a host name of its
# own. All that runs there ends with it.
as_machine() {
    local namespaces=(--pid --fork --kill-child --mount-proc --uts)
    [ "$(id -u)" -eq 0 ] || namespaces+=(--user --map-current-user --keep-caps)
    detached "$1" unshare "${namespaces[@]}" bash -c 'hostname "$1"; shift; "$@" & wait' - "$@"
}

# end NAME SIGNAL: signals the daemon and waits until it is gone. A number that now is another process's is left alone:
# a daemon's command line names this folder, and that of one that has ended is empty.
end() {
    local pid
    [ -e "$dir/pid/$1" ] || return 0
    pid=$(cat "$dir/pid/$1")
    while grep -qsF "$dir/" "/proc/$pid/cmdline"; do
        kill -s "$2" "$pid" 2>/dev/null || true
        sleep 0.05
    done
    rm -f "$dir/pid/$1"
}

end_machines() {
    local file
    for file in "$dir"/pid/node*; do
        case "$file" in *.own) continue ;; esac
        [ ! -e "$file" ] || end "$(basename "$file")" KILL
    done
}

# wait_until WHAT COMMAND…: fails after a minute, with what the daemons wrote.
wait_until() {
    local what=$1 attempt
    shift
    for ((attempt = 0; attempt < 300; attempt++)); do
        "$@" && return 0
        sleep 0.2
    done
    echo "$what: not within a minute" >&2
    local log
    for log in "$dir"/log/*; do tail -n 5 "$log" >&2; done
    return 1
}
