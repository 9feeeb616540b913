import Foundation
import Testing

@testable import Cluster

@Suite("The Slurm job that a worker runs in")
struct SlurmJobTests {
    /// Of Slurm 22.05, with the end as `scontrol` prints it.
    private static func answer(end: String, comment: String = "", array: String = "") -> String {
        """
        JobId=1 \(array)JobName=a job UserId=root(0) GroupId=root(0) MCS_label=N/A Priority=4294901759 Nice=0 \
        Account=(null) QOS=(null) JobState=RUNNING Reason=None Dependency=(null) Requeue=1 Restarts=0 BatchFlag=1 \
        Reboot=0 ExitCode=0:0 RunTime=00:00:00 TimeLimit=00:30:00 TimeMin=N/A SubmitTime=2026-11-29T18:21:24 \
        EligibleTime=2026-11-29T18:21:24 AccrueTime=2026-11-29T18:21:24 StartTime=2026-11-29T18:21:26 \
        EndTime=\(end) Deadline=N/A SuspendTime=None SecsPreSuspend=0 LastSchedEval=2026-11-29T18:21:26 \
        Scheduler=Main Partition=p NodeList=node0 NumCPUs=2 CPUs/Task=2 TRES=cpu=2,mem=500M,node=1,billing=2 \
        MinMemoryNode=500M Command=/home/me/job.sh WorkDir=/home/me \(comment)StdOut=/home/me/out Power=

        """
    }

    private static let berlin = {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: "Europe/Berlin") ?? .current
        return calendar
    }()

    @Test("The end is read in the machine's time zone, whatever the comment says")
    func end() throws {
        let expected = try Date("2026-11-29T17:51:26Z", strategy: .iso8601)
        #expect(SlurmJob.end(in: Self.answer(end: "2026-11-29T18:51:26"), calendar: Self.berlin) == expected)
        let comment = "Comment=hi EndTime=2030-01-01T00:00:00 "
        let answer = Self.answer(end: "2026-11-29T18:51:26", comment: comment)
        #expect(SlurmJob.end(in: answer, calendar: Self.berlin) == expected)
        // In summer the zone is another.
        let summer = SlurmJob.end(in: Self.answer(end: "2026-07-01T12:00:00"), calendar: Self.berlin)
        #expect(summer == (try Date("2026-07-01T10:00:00Z", strategy: .iso8601)))
    }

    @Test(
        "A job without an end, and an answer that is none, have none",
        arguments: [
            Self.answer(end: "Unknown"), Self.answer(end: "None"), Self.answer(end: "2026-13-40T99:00:00"),
            Self.answer(end: "tomorrow"),
            Self.answer(end: ""), "", "Job 0_0 not found", "slurm_load_jobs error: Invalid job id specified",
        ])
    func noEnd(answer: String) {
        #expect(SlurmJob.end(in: answer, calendar: Self.berlin) == nil)
    }

    @Test(
        "A task of an array is asked for by both numbers, because one task has the number of all",
        arguments: [
            ([:], nil), (["SLURM_JOB_ID": "17"], "17"), (["SLURM_JOB_ID": ""], nil),
            (["SLURM_JOB_ID": "2", "SLURM_ARRAY_JOB_ID": "2", "SLURM_ARRAY_TASK_ID": "4"], "2_4"),
            (["SLURM_JOB_ID": "3", "SLURM_ARRAY_JOB_ID": "2"], "3"), (["SLURM_JOB_ID": "--help"], nil),
        ] as [([String: String], String?)])
    func identity(environment: [String: String], id: String?) {
        #expect(SlurmJob(environment)?.id == id)
    }

    @Test("The environment is believed first, then scontrol, which is asked only within a job")
    func sources() throws {
        var asked: [[String]] = []
        func end(_ environment: [String: String], _ answer: String?) -> (end: EndTime, source: String)? {
            EndTime.ofBatchJob(environment, calendar: Self.berlin) { command in
                asked.append(command)
                return answer
            }
        }
        let told = try #require(end(["SLURM_JOB_ID": "17", "SLURM_JOB_END_TIME": "1772361060"], nil))
        #expect(told.end.date.timeIntervalSince1970 == 1_772_361_060 && told.source == "SLURM_JOB_END_TIME")
        #expect(end([:], Self.answer(end: "2026-11-29T18:51:26")) == nil)
        #expect(asked == [])
        let found = try #require(end(["SLURM_JOB_ID": "17"], Self.answer(end: "2026-11-29T18:51:26")))
        #expect(found.end.date == (try Date("2026-11-29T17:51:26Z", strategy: .iso8601)))
        #expect(found.source == "scontrol show job -o 17")
        #expect(asked == [["scontrol", "show", "job", "-o", "17"]])
        #expect(end(["SLURM_JOB_ID": "17"], nil) == nil)
    }

    @Test("A command that is missing, fails or takes too long says nothing")
    func commands() {
        func output(_ arguments: String..., within seconds: Double = 300) -> String? {
            SystemCommand.output(of: arguments, environment: ["PATH": "/usr/bin:/bin"], within: seconds)
        }
        #expect(output("echo", "two words") == "two words\n")
        #expect(output("no-such-program-here") == nil)
        #expect(output("false") == nil)
        #expect(output("sleep", "600", within: 1) == nil)
        // More than a pipe holds.
        #expect(output("head", "-c", "300000", "/dev/zero")?.utf8.count == 300_000)
    }
}
