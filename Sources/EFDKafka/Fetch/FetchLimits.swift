/// When partitions count as many, busy and quiet. Times are in seconds.
struct FetchLimits {
    /// Up to this many partitions the member's handle fetches all itself: an answer over them costs the client about
    /// 0.2 ms, and a second handle would cost more than it saves.
    var few = 200
    /// Maximum partitions of the busy handle. Each adds to all its answers, 50 per second.
    var busy = 512
    /// A partition becomes busy when this many polls had records of it within `window`. Each record that the member
    /// fetches can cost an answer over all its partitions, and keeps the memory of that answer until it is stored, so
    /// two in half a minute are enough for a gain.
    var arrivals = 2
    var window = 30.0
    /// A busy partition without a record for this long becomes quiet, sooner while others wait for its place. Equal to
    /// the window, so that a busy partition stays busy at that rate.
    var patience = 30.0
    var patienceWhenFull = 5.0
    /// Between two rounds of moves, and between two checks for partitions that became quiet.
    var interval = 0.05
    var demotionInterval = 1.0
}
