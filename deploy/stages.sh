# Sourced by deploy/test: runs stages one after another, even if one fails, and summarises them at the end. Of long output
# often only the end is kept, so that the summary says what failed.

stage_log=$(mktemp)
trap 'rm -f "$stage_log"' EXIT
stage_lines=()
stage_failures=0

# Lines of a failed stage that the summary repeats, and characters of each.
most_problems=40
longest_problem=400

# stage NAME COMMAND...: runs a command; keeps its outcome, its seconds, the tests that it skipped with the reasons, and of a
# failed one what failed.
stage() {
    local name=$1 outcome=passed start=$SECONDS
    shift
    echo "== $name: $*"
    "$@" 2>&1 | tee "$stage_log" || outcome=FAILED
    [ "$outcome" = passed ] || stage_failures=$((stage_failures + 1))
    stage_lines+=("$outcome  $name, $((SECONDS - start)) s")
    local line
    while IFS= read -r line; do
        stage_lines+=("        $line")
    done < <(sed -n -E 's/^.*((Test|Suite) .* skipped.*)$/\1/p; s/^SKIPPED .*/&/p' "$stage_log" | sort)
    [ "$outcome" = passed ] || stage_lines+=("$(problems)")
}

# What failed by the log of a stage: tests with their places, warnings and errors of a build, or else its last lines.
problems() {
    local found
    local lines='^✘ Test .* recorded an issue|^✘ Test .* failed after|^(FAILED|ERROR) |^[^ ]+:[0-9]+:[0-9]+: (error|warning): |^error: |Fatal error|signal code'
    found=$(grep -a -m "$most_problems" -E "$lines" "$stage_log") || found=$(tail -n 10 "$stage_log")
    cut -c "1-$longest_problem" <<<"$found" | sed 's/^/        /'
}

# skipped NAME REASON: records a stage that this machine cannot run.
skipped() { stage_lines+=("skipped $1: $2"); }

# Exits if a stage has failed, since later stages depend on it.
stop_after_failure() { [ "$stage_failures" -eq 0 ] || { summary || true; exit 1; }; }

# Prints what was run and what was skipped; status 1 if a stage failed.
summary() {
    echo
    printf '%s\n' "${stage_lines[@]}"
    [ "$stage_failures" -eq 0 ]
}
