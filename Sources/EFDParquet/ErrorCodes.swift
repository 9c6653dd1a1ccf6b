import EFDCore

/// parquet-sink.
extension EFDError.Code {
    /// A claim file is damaged.
    /// Action: Restore the file; without it rows could be stored twice.
    static let parquetClaimUnreadable = Self("parquet.claimUnreadable")

    /// `compact` could not merge all topics.
    /// Action: Run it again; nothing is lost.
    static let parquetCompactFailed = Self("parquet.compactFailed")

    /// `compact` cannot merge files of an object store.
    /// Action: Raise `--rotate-age` and `--rotate-bytes`, or merge a local copy.
    static let parquetCompactRefused = Self("parquet.compactRefused")

    /// `compact` was stopped; merged files stay merged.
    /// Action: Run it again.
    static let parquetCompactStopped = Self("parquet.compactStopped")

    /// `verify` found offsets that are missing or stored twice.
    /// Action: See the table of faults and the remedy in the message.
    static let parquetCoverageBroken = Self("parquet.coverageBroken")

    /// The file system cannot exchange two folders atomically.
    /// Action: Merge on ext4, XFS, Btrfs or ZFS 2.2.
    static let parquetExchangeMissing = Self("parquet.exchangeMissing")

    /// Another process publishes the same partition.
    /// Action: None, unless it recurs: then look for a second consumer group with the same output.
    static let parquetFenced = Self("parquet.fenced")

    /// A Parquet file could not be written.
    /// Action: Check that the folder exists, is writable and is not full.
    static let parquetFileFailed = Self("parquet.fileFailed")

    /// A file of a claim or listing does not exist.
    /// Action: Look for another program that deletes files.
    static let parquetFileMissing = Self("parquet.fileMissing")

    /// A file in a topic's folder is not one of that topic.
    /// Action: Move it out of the output.
    static let parquetFileUnknown = Self("parquet.fileUnknown")

    /// Files of a folder disappeared during a merge.
    /// Action: Run it again; look for another program that deletes files.
    static let parquetFolderChanged = Self("parquet.folderChanged")

    /// A file is not a complete Parquet file.
    /// Action: Restore it, or move it out of the output.
    static let parquetFooterBroken = Self("parquet.footerBroken")

    /// A file lacks the footer entries of parquet-sink.
    /// Action: Move files of other programs out of the output.
    static let parquetFooterMissing = Self("parquet.footerMissing")

    /// A command finds no topic that it is to check or merge.
    /// Action: Check `--output`, `--path-prefix` and `--topic-regex`.
    static let parquetNoTopic = Self("parquet.noTopic")

    /// The footer of a file contradicts its name.
    /// Action: Restore the file, or move it out of the output.
    static let parquetNameWrong = Self("parquet.nameWrong")

    /// A writer was created before the output was opened.
    /// Action: Report the message.
    static let parquetNotOpen = Self("parquet.notOpen")

    /// A partition's offsets restart below those that are stored.
    /// Action: If the topic was recreated, move its folder to another output.
    static let parquetOffsetsRestarted = Self("parquet.offsetsRestarted")

    /// The output folder does not exist.
    /// Action: Check `--output` and `--path-prefix`.
    static let parquetOutputMissing = Self("parquet.outputMissing")

    /// The output, or the folder for unfinished files, is not a folder or s3:// URL, or a file stands in its place.
    /// Action: Write a folder, file:///folder or s3://bucket/prefix.
    static let parquetOutputRefused = Self("parquet.outputRefused")

    /// The path format does not give each time partition its own folder.
    /// Action: Name every part of the time down to `--partition-length`.
    static let parquetPathFormatRefused = Self("parquet.pathFormatRefused")

    /// A row without fields cannot be created.
    /// Action: Report the message.
    static let parquetRowRefused = Self("parquet.rowRefused")

    /// A file has another number of rows than its footer says.
    /// Action: Restore the file, or move it out of the output.
    static let parquetRowsWrong = Self("parquet.rowsWrong")

    /// The output cannot be read or written.
    /// Action: Check that the folder exists, is writable and is not full.
    static let parquetStoreFailed = Self("parquet.storeFailed")

    /// The object store ignores conditional puts.
    /// Action: Use a store that supports If-None-Match, as AWS S3 and MinIO do.
    static let parquetStoreUnfit = Self("parquet.storeUnfit")

    /// The sink and `compact` need the same topic's folders.
    /// Action: Run `compact` again later; the sink retries.
    static let parquetTopicBusy = Self("parquet.topicBusy")

    /// `verify` was stopped before its end.
    /// Action: Run it again.
    static let parquetVerifyStopped = Self("parquet.verifyStopped")
}
