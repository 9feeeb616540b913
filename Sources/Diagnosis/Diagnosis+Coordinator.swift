import Cluster

extension Diagnosis.Coordinator {
    /// Asks the coordinator for its sweeps and its workers.
    func answer() async -> Finding {
        do {
            let client = try CoordinatorClient.connect(endpoint, keys: keys)
            let answer = Result { (try client.status().count, try client.workers().count) }
            await client.close()
            let (sweeps, workers) = try answer.get()
            let found = "\(endpoint) answers: \(sweeps) sweeps, \(workers) workers"
            guard workers > 0 else {
                return .warning(
                    "coordinator", found,
                    remedy: "Start workers: probesweep worker --connect \(endpoint) --keys STATE/keys/worker.keys")
            }
            return .ok("coordinator", found)
        } catch {
            return .failure("coordinator", "\(error)")
        }
    }
}
