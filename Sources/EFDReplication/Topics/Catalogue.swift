import EFDCore
import Synchronization

/// A source topic whose copy at the target exists.
struct CatalogueTopic: Sendable, Equatable {
    let name: String
    /// Its name at the target.
    let target: String
    let partitions: Int
    /// Codec towards the target; nil: the default.
    let compression: String?
}

/// The topics to copy now: the topics thread writes it, copy threads check its version once per round.
final class Catalogue: Sendable {
    private let list = Locked<[CatalogueTopic]>([])
    private let count = Atomic<Int>(0)

    /// Changes with every change of `topics`.
    var version: Int { count.load(ordering: .acquiring) }
    var topics: [CatalogueTopic] { list.withLock { $0 } }

    func publish(_ topics: [CatalogueTopic]) {
        let isChanged = list.withLock { list in
            if list == topics { return false }
            list = topics
            return true
        }
        if isChanged { count.wrappingAdd(1, ordering: .releasing) }
    }
}
