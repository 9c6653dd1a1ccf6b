import EFDCore
import EFDTestKit
import Testing

@testable import EFDS3

@Suite struct XMLTests {
    private func parse(_ text: String) throws(EFDError) -> XMLElement { try XMLElement.parse(Array(text.utf8)) }

    @Test func elementsAndTheirTextsAreRead() throws {
        let root = try parse("<?xml version=\"1.0\"?><a xmlns=\"urn:x\"><p:b k='v'>1 &lt; 2</p:b><b>µ</b><c/></a>")
        #expect(
            root.name == "a" && root.all("b").map(\.text) == ["1 < 2", "µ"] && root["c"]?.text == "" && root["d"] == nil
        )
    }

    /// Entities could expand without end, or read files.
    @Test(arguments: [
        "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>",
        "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", "<a>", "", "no XML", "<a></b>",
        "<a>&nbsp;</a>", String(repeating: "<a>", count: 40) + String(repeating: "</a>", count: 40),
    ])
    func whatIsNoPlainDocumentIsRefused(text: String) {
        let error = #expect(throws: EFDError.self) { _ = try parse(text) }
        #expect(error?.code == "s3.answerMalformed")
    }

    @Test func aListingIsRead() throws {
        let listing = try Listing(
            Array(
                """
                <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>true</IsTruncated>
                <Contents><Key>a/b+0+1&amp;2</Key><Size>12</Size></Contents><CommonPrefixes><Prefix>a/c/</Prefix></CommonPrefixes>
                <NextContinuationToken>more</NextContinuationToken></ListBucketResult>
                """.utf8))
        #expect(
            listing.objects == [.init(key: "a/b+0+1&2", size: 12)] && listing.prefixes == ["a/c/"]
                && listing.continuation == "more")
    }
}
