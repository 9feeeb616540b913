import Glibc
import Numerics

/// Hints to the operating system (madvise) about tokens that will be read soon or no longer. If a hint fails, pages are
/// faulted in when touched and evicted when memory is short.
extension LayerTokens {
    /// Bytes of all tokens of the layer.
    package var bytes: Int {
        if isComputed { return (0..<samples).reduce(0) { $0 + allTokens($1).bytes.count } }
        return shards.reduce(0) { $0 + $1.tokenBytes(ofSamples: 0..<$1.samples).count }
    }

    /// Turns the kernel's read-ahead off: tokens are prefetched explicitly, and any other page is read alone.
    package func readAsAsked() {
        for shard in shards { shard.file.mapping.adviseRandomReading() }
    }

    /// Prefetches the tokens of some samples, adjacent ones in one request.
    ///
    /// - Parameter samples: Ascending.
    package func readAhead(_ samples: some Sequence<Int>) {
        for run in runs(samples) { shards[run.shard].readAhead(run.samples) }
    }

    /// Releases the tokens of some samples, so that they do not evict other pages.
    ///
    /// - Parameter samples: Ascending.
    package func letGo(_ samples: some Sequence<Int>) {
        for run in runs(samples) { shards[run.shard].letGo(run.samples) }
    }

    /// Consecutive samples of one shard, counted from its first.
    private func runs(_ samples: some Sequence<Int>) -> [(shard: Int, samples: Range<Int>)] {
        var runs: [(shard: Int, samples: Range<Int>)] = []
        // The pages of computed tokens are the operating system's to keep or write back.
        if isComputed { return runs }
        for sample in samples {
            let shard = shardIndex(of: sample)
            let place = sample - shards[shard].firstSample
            if let last = runs.last, last.shard == shard, last.samples.upperBound == place {
                runs[runs.count - 1].samples = last.samples.lowerBound..<place + 1
            } else {
                runs.append((shard, place..<place + 1))
            }
        }
        return runs
    }
}

extension LayerShard {
    /// The stored tokens of consecutive samples of the shard.
    fileprivate func tokenBytes(ofSamples samples: Range<Int>) -> UnsafeRawBufferPointer {
        guard let last = samples.last else { return UnsafeRawBufferPointer(start: tokens, count: 0) }
        let rows = rows(ofSample: samples.lowerBound).lowerBound..<rows(ofSample: last).upperBound
        return UnsafeRawBufferPointer(
            start: tokens + rows.lowerBound * bytesPerToken, count: rows.count * bytesPerToken)
    }

    /// Bytes per request: the kernel truncates a request to its own read-ahead window, 128 KB by default.
    private static var step: Int { 128 << 10 }

    fileprivate func readAhead(_ samples: Range<Int>) {
        let bytes = tokenBytes(ofSamples: samples)
        let (page, start) = (UInt(getpagesize()), UInt(bitPattern: bytes.baseAddress))
        var first = start / page * page
        let end = start + UInt(bytes.count)
        while first < end {
            let count = min(Int(end - first), Self.step)
            _ = madvise(UnsafeMutableRawPointer(bitPattern: first), count, Int32(MADV_WILLNEED))
            first += UInt(Self.step)
        }
    }

    /// Takes whole pages out of this process, and then out of the page cache unless another process has them mapped.
    fileprivate func letGo(_ samples: Range<Int>) {
        let bytes = tokenBytes(ofSamples: samples)
        let (page, start) = (UInt(getpagesize()), UInt(bitPattern: bytes.baseAddress))
        let first = (start + page - 1) / page * page
        let end = (start + UInt(bytes.count)) / page * page
        guard end > first else { return }
        _ = madvise(UnsafeMutableRawPointer(bitPattern: first), Int(end - first), Int32(MADV_DONTNEED))
        guard tokensLieInFile else { return }
        let descriptor = Glibc.open(file.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let offset = file.fileOffset(of: tensor) + Int(first - UInt(bitPattern: tokens))
        _ = posix_fadvise(descriptor, off_t(offset), off_t(end - first), POSIX_FADV_DONTNEED)
    }
}
