/// When partitions count as many, busy and quiet. Times are seconds.
struct FetchLimits {
    /// Up to so many partitions the member's handle fetches all by itself: an answer over them costs the client about
    /// 0.2 ms, and a second handle would cost more than it saves.
    var few = 200
    /// Most partitions of the busy handle. Each adds to all its answers, 50 in a second.
    var busy = 512
    /// A partition becomes busy when so many polls had records of it within `window`. Each record that the quiet handle
    /// fetches can cost an answer over all its partitions, so one in ten seconds is enough to gain by the move.
    var arrivals = 3
    var window = 30.0
    /// A busy partition without a record for so long becomes quiet, sooner while others wait for its place. As long as
    /// the window, so that what became busy stays so at that rate.
    var patience = 30.0
    var patienceWhenFull = 5.0
    /// Between two rounds of moves, and between two looks for partitions that became quiet.
    var interval = 0.05
    var demotionInterval = 1.0
}
