/// The side of the process that reads HDF5 files: answers requests until there are no more.
package enum HDF5Service {
    /// - Parameter socket: requests come from it, replies go to it.
    package static func serve(_ socket: Int32) {
        let channel = HDF5Channel(socket: socket)
        var datasets: [Int: HDF5Dataset] = [:]
        var opened = 0
        while let request: HDF5Request = channel.receive() {
            do throws(FeatureError) {
                switch request {
                case .open(let path, let key):
                    let dataset = try HDF5Dataset(path: path, key: key)
                    opened += 1
                    datasets[opened] = dataset
                    _ = channel.send(
                        HDF5Reply.opened(
                            dataset: opened, shape: dataset.shape, element: dataset.element,
                            isBigEndian: dataset.isBigEndian))
                case .rows(let dataset, let first, let end):
                    try datasets[dataset]?.withRows(first..<end) { (elements) throws(FeatureError) in
                        _ = channel.send(HDF5Reply.elements(bytes: elements.count)) && channel.send(elements)
                    }
                case .close(let dataset): datasets[dataset] = nil
                }
            } catch {
                _ = channel.send(HDF5Reply.failed(error))
            }
        }
    }
}
