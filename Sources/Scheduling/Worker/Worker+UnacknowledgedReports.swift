import Identities
import OrderedCollections

// Reports without receipt.

/// Reports without receipt, oldest first.
struct UnacknowledgedReports: Sendable {
    private struct Entry: Sendable {
        var report: UnitReport
        /// Nil until it is sent on the current connection.
        var sentAt: Instant?
    }

    private var entries: OrderedDictionary<Receipt, Entry> = [:]
    /// Reports of each attempt that wait for receipts.
    private var openReports: [Attempt: Int] = [:]
    /// A lower bound on the time of sending of every entry; nil while some are unsent.
    private var oldestSending: Instant?
    private var hasUnsent = false

    var isEmpty: Bool { entries.isEmpty }
    var count: Int { entries.count }
    var openAttempts: Set<Attempt> { Set(openReports.keys) }

    mutating func insert(_ report: UnitReport) {
        if entries.updateValue(Entry(report: report, sentAt: nil), forKey: report.receipt) == nil {
            openReports[report.attempt, default: 0] += 1
        }
        hasUnsent = true
    }

    /// Removes what is acknowledged.
    /// - Returns: The receipts that were awaited.
    mutating func remove(_ receipts: [Receipt]) -> [Receipt] {
        let known = Set(receipts.filter { entries[$0] != nil })
        guard !known.isEmpty else { return [] }
        for receipt in known {
            openReports[receipt.attempt, default: 0] -= 1
            if openReports[receipt.attempt] == 0 { openReports[receipt.attempt] = nil }
        }
        entries.removeAll { known.contains($0.key) }
        if entries.isEmpty { (oldestSending, hasUnsent) = (nil, false) }
        return receipts.filter(known.contains)
    }

    /// Marks everything to be sent again, on a new connection.
    mutating func forgetSending() {
        for index in entries.values.indices { entries.values[index].sentAt = nil }
        hasUnsent = !entries.isEmpty
    }

    /// Reports that were not sent yet, or so long ago that the receipt must be lost; marks them as sent now.
    mutating func takeDue(at now: Instant, _ resendDelay: Double) -> [UnitReport] {
        guard nextResend(resendDelay) <= now else { return [] }
        var due: [UnitReport] = []
        var oldest = now
        for index in entries.values.indices {
            if let sentAt = entries.values[index].sentAt, sentAt + resendDelay > now {
                oldest = min(oldest, sentAt)
            } else {
                entries.values[index].sentAt = now
                due.append(entries.values[index].report)
            }
        }
        oldestSending = entries.isEmpty ? nil : oldest
        hasUnsent = false
        return due
    }

    /// When something is next due to be sent.
    func nextResend(_ resendDelay: Double) -> Instant {
        if hasUnsent { return Instant(nanoseconds: .min) }
        return oldestSending.map { $0 + resendDelay } ?? .distantFuture
    }
}

extension Worker {
    /// Stores reports; they are sent as soon as the coordinator can be reached.
    mutating func submit(_ reports: [UnitReport]) {
        guard !reports.isEmpty else { return }
        order(.store(reports))
        for report in reports { outbox.insert(report) }
    }

    mutating func sendReports(_ reports: [UnitReport]) {
        var (start, bytes) = (0, 0)
        for (index, report) in reports.enumerated() {
            let isFull =
                index - start == settings.reportsPerMessage || bytes + report.bytes > settings.bytesPerMessage
            if isFull && index > start {
                order(.sendReports(Array(reports[start..<index])))
                (start, bytes) = (index, 0)
            }
            bytes += report.bytes
        }
        if start < reports.count { order(.sendReports(Array(reports[start...]))) }
    }

    mutating func onAcknowledged(_ receipts: [Receipt]) {
        link.lastHeard = now
        let known = outbox.remove(receipts)
        if !known.isEmpty { order(.erase(known)) }
    }
}
