import EFDCore
import Testing

struct TextTableTests {
    @Test func columnsAreAsWideAsTheirCells() {
        var table = TextTable(["TOPIC", "COUNT", "WHAT"], left: [2])
        table.add(["lsst.sal.Test.scalars", "7", "equal"])
        table.add(["a", "123456", "differs"])
        table.add(["short"])
        #expect(
            table.text == """
                TOPIC                   COUNT  WHAT
                lsst.sal.Test.scalars       7  equal
                a                      123456  differs
                short

                """)
    }

    @Test(arguments: 10...60)
    func longNamesLoseTheirBeginning(width: Int) {
        var table = TextTable(["TOPIC", "COUNT"], width: width)
        table.add(["lsst.sal.MTM1M3.forceActuatorData", "42"])
        // Twelve characters of a name are always left.
        #expect(table.lines.allSatisfy { $0.count <= max(width, 19) })
        #expect(table.lines[1].hasSuffix("atorData     42"))
        #expect(table.lines[1].hasPrefix(width < 40 ? "…" : "lsst"))
    }
}
