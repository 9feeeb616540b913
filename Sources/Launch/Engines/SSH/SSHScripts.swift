import Foundation
import Identities

/// The scripts that run on a machine of ``SSHEngine``, in its POSIX shell. Everything that comes from outside is quoted.
struct SSHScripts {
    /// The launch's name, which its folder is named after.
    let launch: String
    let bundle: ProgramBundle

    /// Where programs lie on a machine, below the user's home, and the lock of those who put them there.
    private var programs: String { #""${XDG_CACHE_HOME:-$HOME/.cache}/probesweep/programs""# }
    private var lock: String { #""${XDG_CACHE_HOME:-$HOME/.cache}/probesweep/programs.lock""# }
    /// Where this launch keeps its files on a machine.
    private var folder: String {
        #""${XDG_CACHE_HOME:-$HOME/.cache}/probesweep/launches/"\#(ShellQuoting.quoted(launch))"#
    }
    private var place: String { "\(programs)/\(bundle.name)" }
    private var program: String { "\(place)/\(ShellQuoting.quoted(bundle.program))" }

    /// The command that runs a script, for a login shell of any kind: it is one line, and has nothing in it that a shell other
    /// than `sh` expands.
    static func command(_ script: String) -> String {
        "sh -c 'eval \"$(printf %s \(Data(script.utf8).base64EncodedString()) | base64 -d)\"'"
    }

    /// What a script answers: its last line, since a login shell may greet before it. A line of a log in it may hold other
    /// characters that end lines.
    static func answer(in output: String) -> String {
        output.utf8.split(separator: UInt8(ascii: "\n")).last.map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// Prints `present` if the program is there, whole, else `missing`; and what the machine is. Reads the checksums.
    var check: String {
        """
        if cd \(place) 2>/dev/null && sha256sum -c --status -; then has=present; else has=missing; fi
        echo "$has $(uname -sm)"
        """
    }

    /// Reads an archive of the program, checks it, and puts it in its place at once. Another launch may do so at the same
    /// moment, on another machine with the same home folder too, where numbers of processes say nothing: under the lock a
    /// copy that is whole is left there, and a damaged one is moved away.
    var install: String {
        """
        set -eu
        umask 077
        mkdir -p \(programs)
        new=$(mktemp -d \(place).XXXXXXXX)
        trap 'rm -rf "$new" "$new.damaged"' EXIT
        tar -xzf - -C "$new"
        whole() { cd "$1" && printf %s \(ShellQuoting.quoted(bundle.checksums)) | sha256sum -c --quiet -; }
        (whole "$new")
        exec 9>\(lock)
        flock 9
        if (whole \(place)) >/dev/null 2>&1; then exit 0; fi
        if [ -e \(place) ]; then mv -T \(place) "$new.damaged"; fi
        mv -T "$new" \(place)
        """
    }

    var version: String { "\(program) --version" }

    /// Reads a token from standard input, starts the worker in a session of its own, and prints its number and the time at
    /// which it started. The token never is an argument; the worker makes its own keys, which never leave its machine.
    func start(_ order: WorkerOrder) -> String {
        let member = ShellQuoting.quoted(order.member)
        let arguments = ShellQuoting.quoted(order.arguments(keys: "KEYS", token: "TOKEN"))
            .replacing("--enrol TOKEN --keys KEYS", with: #"--enrol "$token" --keys "$keys""#)
        return """
            set -eu
            umask 077
            folder=\(folder)
            mkdir -p "$folder"
            token=$folder/\(member).token keys=$folder/\(member).keys
            log=$folder/\(member).log status=$folder/\(member).status
            rm -f "$status" "$keys"
            cat >"$token"
            setsid sh -c 'trap : TERM USR1 INT; status=$1; shift; "$@"; echo $? >"$status"' sh "$status" \
            \(program) \(arguments) </dev/null >>"$log" 2>&1 &
            echo "$! $(cut -d" " -f22 "/proc/$!/stat")"
            """
    }

    /// Prints how a worker stands: `running`, or `ended STATUS LAST LINE`; no status if it was killed.
    func state(of job: SSHJob, member: String) -> String {
        let member = ShellQuoting.quoted(member)
        return """
            folder=\(folder)
            \(isRunning(job)) && { echo running; exit; }
            echo "ended $(cat "$folder"/\(member).status 2>/dev/null) $(tail -n 1 "$folder"/\(member).log 2>/dev/null)"
            """
    }

    /// Ends a worker: SIGTERM, and SIGKILL if it is still there after a while.
    func cancel(_ job: SSHJob) -> String {
        """
        \(isRunning(job)) || exit 0
        kill -s TERM -- -\(job.process)
        for second in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
            \(isRunning(job)) || exit 0
            sleep 1
        done
        kill -s KILL -- -\(job.process)
        """
    }

    /// Removes what the launch left on the machine, except logs.
    var release: String { "rm -f \(folder)/*.keys \(folder)/*.token \(folder)/*.status" }

    /// A process is known by its number and its start, since numbers are used again.
    private func isRunning(_ job: SSHJob) -> String {
        #"[ "$(cut -d" " -f22 /proc/\#(job.process)/stat 2>/dev/null)" = \#(job.start) ]"#
    }
}

/// A worker that was started through ssh.
struct SSHJob: Equatable {
    let host: String
    let process: Int32
    /// The kernel's clock ticks from boot to its start.
    let start: UInt64

    init?(host: String, _ text: some StringProtocol) {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 2, let process = Int32(words[0]), process > 1, let start = UInt64(words[1]) else {
            return nil
        }
        (self.host, self.process, self.start) = (host, process, start)
    }

    init?(_ id: JobID) {
        let words = id.split(separator: " ", maxSplits: 1)
        guard words.count == 2 else { return nil }
        self.init(host: String(words[0]), words[1])
    }

    var id: JobID { "\(host) \(process) \(start)" }
}
