import CArrowData

/// A node of the Arrow C Data Interface that owns children: an array or a schema, which keep them alike.
protocol ArrowNode {
    var childCount: Int { get set }
    var children: UnsafeMutablePointer<UnsafeMutablePointer<Self>?>! { get set }
    /// Frees the node's memory, once.
    static func release(_ node: UnsafeMutablePointer<Self>)
}

extension ArrowArray: ArrowNode {
    var childCount: Int {
        get { Int(n_children) }
        set { n_children = Int64(newValue) }
    }

    static func release(_ node: UnsafeMutablePointer<ArrowArray>) { node.pointee.release?(node) }
}

extension ArrowSchema: ArrowNode {
    var childCount: Int {
        get { Int(n_children) }
        set { n_children = Int64(newValue) }
    }

    static func release(_ node: UnsafeMutablePointer<ArrowSchema>) { node.pointee.release?(node) }
}

extension ArrowNode {
    /// Takes ownership of the children, each in separate memory: `releaseChildren` frees it.
    mutating func adopt(_ nodes: [Self]) {
        let list = UnsafeMutablePointer<UnsafeMutablePointer<Self>?>.allocate(capacity: max(1, nodes.count))
        for (index, node) in nodes.enumerated() {
            let place = UnsafeMutablePointer<Self>.allocate(capacity: 1)
            place.initialize(to: node)
            (list + index).initialize(to: place)
        }
        childCount = nodes.count
        children = list
    }

    /// Releases the children that the importer has not moved elsewhere, and frees the memory of all.
    func releaseChildren() {
        guard let children else { return }
        for index in 0..<childCount {
            guard let child = children[index] else { continue }
            Self.release(child)
            child.deallocate()
        }
        children.deallocate()
    }
}
